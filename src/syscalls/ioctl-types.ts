// Reads the catalogue of ioctl requests that the kernel's headers define (ioctl-catalogue.ts), a line when it is asked for.
import type { DataModel } from '../guests/guest.ts';
import { requestLines, structLines } from './ioctl-catalogue.ts';
import { namedByPointer, refused, structPointers } from './ioctl-pointers.ts';
import type { Pointers, Way } from './conversion.ts';
import type { Form, Request } from './ioctl-table.ts';
import { lp64, same, struct, type Struct, type Type } from './struct.ts';

/** A type as the catalogue has it: "u32", "ulong*4", "bytes*16@4", "=name", an array, or the fields of a struct without a name. */
type Written = string | { readonly [field: string]: Written } | { readonly '*': number; readonly of: Written };

let structTexts: ReadonlyMap<string, string> | null = null;
const structs = new Map<string, Struct>();

const byFirstWord = (text: string): Map<string, string> =>
  new Map(text.trim().split('\n').map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));

/** The names of all structs, for tests. */
export function catalogueStructs(): Iterable<string> { return (structTexts ??= byFirstWord(structLines)).keys(); }

export function catalogueStruct(name: string): Struct {
  let known = structs.get(name);
  if (known) return known;
  const text = (structTexts ??= byFirstWord(structLines)).get(name);
  if (text === undefined) throw new Error(`the catalogue has no struct ${name}`);
  structs.set(name, known = structOf(name, JSON.parse(text) as Record<string, Written>));
  return known;
}

function structOf(name: string, { '!': packed, ...fields }: Record<string, Written>): Struct {
  return struct(name, Object.fromEntries(Object.entries(fields).map(([field, type]) => [field, typeOf(type)])), { packed: packed === 'packed' });
}

function typeOf(written: Written): Type {
  if (typeof written !== 'string') {
    if ('*' in written) return { array: typeOf(written['of'] as Written), length: written['*'] as number };
    return structOf('', written as Record<string, Written>);
  }
  const [base, ...lengths] = written.split('*');
  let type: Type;
  if (base === 'bytes') {
    const [size, align] = lengths.shift()!.split('@');
    type = { bytes: Number(size), align: Number(align ?? 1) };
  } else type = base!.startsWith('=') ? catalogueStruct(base!.slice(1)) : base as Type;
  return lengths.reduce<Type>((array, length) => ({ array, length: Number(length) }), type);
}

/** The fields of a struct that are addresses, those of the structs in it included; null when one is not known. */
function pointersOf(type: Struct): Pointers | null {
  const own = structPointers[type.structName] ?? {};
  return type(lp64).fields.every((field) => !field.pointer || field.name in own) ? own : null;
}

/** What a request's argument is; null when it is not passed on. */
function formOf(name: string, way: string, type: Struct | null, model: DataModel): Form | null {
  if (refused.has(name)) return null;
  if (way === 'none') return 'small';
  if (namedByPointer.has(name)) return 'pointer';
  if (!type) return null;
  const pointers = pointersOf(type);
  if (!pointers) return null;
  if (Object.keys(pointers).length === 0 && same(type(lp64), type(model))) return 'pointer';
  return { struct: type, way: way as Way, pointers };
}

const numbers = new Map<number, Map<number, string[]>>();

/** The catalogue's lines by the number that programs with such pointers use. */
function linesBy(pointer: 4 | 8): Map<number, string[]> {
  let found = numbers.get(pointer);
  if (found) return found;
  numbers.set(pointer, found = new Map());
  for (const line of requestLines.trim().split('\n')) {
    const [, wide, narrow] = line.split(' ');
    const number = parseInt(pointer === 8 || narrow === '-' ? wide! : narrow!, 16);
    const others = found.get(number);
    if (others) others.push(line);
    else found.set(number, [line]);
  }
  return found;
}

/** All numbers of the catalogue, for tests. */
export function catalogueNumbers(model: DataModel): Iterable<number> { return linesBy(model.pointer).keys(); }

/**
 * The request with that number in the kernel's headers. Where several have it, their arguments must be passed in the same way; the name is that
 * of all of them. Without a form the request is known but not passed on.
 */
export function catalogued(number: number, model: DataModel): (Omit<Request, 'form'> & { readonly form: Form | null }) | undefined {
  const lines = linesBy(model.pointer).get(number);
  if (!lines) return undefined;
  const found = lines.map((line) => {
    const [name, wide, , way, ...text] = line.split(' ');
    const type = way === 'none' ? null : argument(text.join(' '));
    return { name: name!, host: parseInt(wide!, 16), way: way === 'none' ? undefined : way as Way, type: type ?? undefined, form: formOf(name!, way!, type, model) };
  });
  // A number that 64-bit programs may use as well, for what is the same to both, needs no conversion.
  const common = found.every(({ form }) => form !== null) ? found.find(({ form, host }) => form === 'pointer' && host === number) : undefined;
  const first = common ?? found[0];
  const alike = common !== undefined || found.every(({ form, host, type }) => host === first!.host && (form === first!.form || (typeof form === 'object' && type === first!.type)));
  return { ...first!, name: found.map(({ name }) => name).join(' or '), form: alike ? first!.form : null };
}

/** A request's argument as a struct: a number is a struct of one field. */
function argument(text: string): Struct {
  if (/^=\w+$/.test(text)) return catalogueStruct(text.slice(1));
  const written = text.startsWith('{') ? JSON.parse(text) as Written : text;
  return typeof written === 'string' || '*' in written ? structOf('', { '': written }) : structOf('', written as Record<string, Written>);
}
