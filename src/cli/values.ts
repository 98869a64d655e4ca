// The notations of option values. Each reads text and throws UsageError when the text is not of its kind.

/** The command line cannot be understood: exit status 1. */
export class UsageError extends Error {}

/** A C number: decimal, 0x hexadecimal or 0 octal. */
export function number(text: string, what: string): number {
  const octal = /^0[0-7]+$/.test(text);
  if (!octal && !/^(0x[0-9a-f]+|\d+)$/i.test(text)) throw new UsageError(`${what}: '${text}' is not a number`);
  const value = octal ? parseInt(text, 8) : Number(text);
  if (!Number.isSafeInteger(value)) throw new UsageError(`${what}: ${text} is too large`);
  return value;
}

const units: Readonly<Record<string, number>> = { '': 1, k: 1 << 10, K: 1 << 10, M: 1 << 20, G: 1 << 30 };

/** Bytes, with k, M or G behind. */
export function size(text: string, what: string): number {
  const unit = /[kKMG]$/.exec(text)?.[0] ?? '';
  return number(unit === '' ? text : text.slice(0, -1), what) * units[unit]!;
}

export function list(text: string): string[] { return text.split(',').filter((item) => item !== ''); }

export type Range = { readonly from: number; readonly to: number };

/** Address ranges FIRST..LAST, START+BYTES or LAST-BYTES, with commas between; both ends belong to it. */
export function ranges(text: string, what: string): Range[] {
  return list(text).map((item) => {
    const match = /^(\w+)(\.\.|\+|-)(\w+)$/.exec(item);
    if (!match) throw new UsageError(`${what}: '${item}' is not a range (FIRST..LAST, START+BYTES or END-BYTES)`);
    const a = number(match[1]!, what), b = number(match[3]!, what);
    const range = match[2] === '..' ? { from: a, to: b } : match[2] === '+' ? { from: a, to: a + b - 1 } : { from: a - b + 1, to: a };
    if (range.from < 0 || range.to < range.from) throw new UsageError(`${what}: '${item}' is an empty range`);
    return range;
  });
}

/** An environment switch: on unless it is empty or 0. */
export function flag(text: string): boolean { return text !== '' && text !== '0'; }
