/** The first part of a command; for some gates it is a path. */
export function firstPart(command: string | readonly string[] | undefined): string | undefined {
  return typeof command === 'string' ? command : command?.[0];
}
