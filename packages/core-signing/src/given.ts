/** Gives the object it was given, so that a class can add a private member to a plain object. */
export class Given {
  constructor(given: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is what it is for
    return given;
  }
}
