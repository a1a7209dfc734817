/** The page around the text of the verifier. */
export function makePage(verifier: string): string;
