// The first line of a script, by the rules of the kernel's fs/binfmt_script.c: at most 256 bytes of the file count, and
// all after the interpreter's name is one argument.

/** As much of a file as decides what it is. */
export const SCRIPT_BYTES = 256;

export type Script = { readonly interpreter: string; readonly argument: string | null };

const blank = (c: string): boolean => c === ' ' || c === '\t';

/** Null when the bytes start no script, 'invalid' when they do and name no usable interpreter. Strings are latin1: one character a byte. */
export function parseScript(head: Uint8Array): Script | 'invalid' | null {
  if (head[0] !== 0x23 || head[1] !== 0x21) return null;
  const text = Buffer.from(head.subarray(0, SCRIPT_BYTES)).toString('latin1').padEnd(SCRIPT_BYTES, '\0');
  const newline = text.indexOf('\n');
  let line = newline < 0 ? text.slice(2, -1) : text.slice(2, newline);
  // Without an end of line, a name that fills the buffer may have been cut short.
  if (newline < 0 && !/^[ \t]*[^ \t]*[ \t\0]/.test(line.slice(line.search(/[^ \t]/)))) return 'invalid';
  let end = line.length;
  while (end > 0 && blank(line[end - 1]!)) end--;
  let start = 0;
  while (start < end && blank(line[start]!)) start++;
  if (start === end) return 'invalid';
  line = line.slice(start, end);
  const split = line.search(/[ \t\0]/);
  if (split < 0) return { interpreter: line, argument: null };
  const rest = line[split] === '\0' ? '' : line.slice(split).replace(/^[ \t]+/, '').replace(/\0.*$/s, '');
  return { interpreter: line.slice(0, split), argument: rest === '' ? null : rest };
}
