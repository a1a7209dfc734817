import { ValidateError } from '../error.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no text holds
const CHARACTERS_OF_NO_TEXT = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/;

function binaryError(cause?: unknown): ValidateError {
  const message = 'the data set is not UTF-8 text';
  return new ValidateError('VALIDATE_INPUT_BINARY', message, cause === undefined ? {} : { cause });
}

/**
 * The text of chunks of bytes, in pieces that never end inside a character.
 *
 * @throws {ValidateError} `VALIDATE_INPUT_BINARY` for a text that is not UTF-8 or contains binary
 *   control characters.
 */
export async function* readText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw binaryError(cause);
    }
  };
  for await (const chunk of chunks) {
    const text = decode(chunk);
    if (CHARACTERS_OF_NO_TEXT.test(text)) throw binaryError();
    if (text !== '') yield text;
  }
  const rest = decode();
  if (rest !== '') yield rest;
}
