/** One value from a stream of JSON, as text, and its first line. */
export interface JsonPiece {
  readonly line: number;
  /** Undefined for a value that is too long; its text was not kept. */
  readonly text: string | undefined;
}

/** Takes text in pieces and returns each value when it is complete. */
export interface JsonSplitter {
  push(text: string): readonly JsonPiece[];
  end(): readonly JsonPiece[];
}

/** Splits JSONL into lines; empty lines are skipped. */
export function splitLines(maxLength: number): JsonSplitter {
  let kept = '';
  let tooLong = false;
  let line = 1;
  const finish = (): readonly JsonPiece[] => {
    const piece: JsonPiece = { line, text: tooLong ? undefined : kept };
    const blank = !tooLong && kept.trim() === '';
    kept = '';
    tooLong = false;
    return blank ? [] : [piece];
  };
  const keep = (text: string): void => {
    if (tooLong) return;
    if (kept.length + text.length > maxLength) tooLong = true;
    else kept += text;
  };
  return {
    push(text) {
      const pieces: JsonPiece[] = [];
      const parts = text.split('\n');
      for (const [index, part] of parts.entries()) {
        keep(part);
        if (index === parts.length - 1) break;
        pieces.push(...finish());
        line += 1;
      }
      return pieces;
    },
    end: () => finish(),
  };
}

/**
 * Splits a JSON document: into the elements of a list, or else into its values. It looks only at
 * brackets and quotes; the reader of a piece decides whether it is JSON.
 */
export function splitDocument(maxLength: number): JsonSplitter {
  let depth = 0;
  let base = 0;
  let inString = false;
  let escaped = false;
  let kept = '';
  let tooLong = false;
  let started = false;
  let line = 1;
  let startLine = 1;
  let first = true;
  const take = (): JsonPiece[] => {
    if (!started) return [];
    const piece = { line: startLine, text: tooLong ? undefined : kept };
    kept = '';
    tooLong = false;
    started = false;
    return [piece];
  };
  const keep = (character: string): void => {
    if (!started) startLine = line;
    started = true;
    if (kept.length >= maxLength) tooLong = true;
    else kept += character;
  };
  const step = (character: string): JsonPiece[] => {
    if (inString) {
      keep(character);
      if (escaped) escaped = false;
      else if (character === '\\') escaped = true;
      else if (character === '"') inString = false;
      return [];
    }
    if (character.trim() === '') {
      if (started) keep(character);
      return [];
    }
    if (first) {
      first = false;
      if (character === '[') {
        base = 1;
        depth = 1;
        return [];
      }
    }
    if (depth === base && (character === ',' || (base === 1 && character === ']'))) {
      if (character === ']') {
        depth = 0;
        base = 0;
      }
      return take();
    }
    if (character === '"') inString = true;
    if (character === '{' || character === '[') depth += 1;
    keep(character);
    if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === base) return take();
    }
    return [];
  };
  return {
    push(text) {
      const pieces: JsonPiece[] = [];
      for (const character of text) {
        pieces.push(...step(character));
        if (character === '\n') line += 1;
      }
      return pieces;
    },
    end: () => (base === 1 ? [...take(), { line, text: '' }] : take()),
  };
}
