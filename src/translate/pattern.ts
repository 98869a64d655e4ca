// Instruction tables in the manual's own notation, for instruction sets with words of 16 or 32 bits.
// A pattern is the word from its highest bit down: `01` fixed bits, `(0)` bits that should be so but are not looked at,
// `name[3:0]` a field. A field may be split (`imm[11]` … `imm[10:0]`, or `imm[12|10:5]`): its pieces are joined by the bit
// numbers, and bits that no piece has are zero. A field whose name starts with `simm` is sign-extended from its highest bit.

/** A pattern, or one with a word about the rows that it overlaps. */
export type RowSpec = string | {
  readonly bits: string;
  /** The overlapping rows that this one goes before. */
  readonly before?: string | readonly string[];
  /** Values of fields with which the word is something else. */
  readonly unless?: Readonly<Record<string, number | readonly number[]>>;
};
export type Rows = Readonly<Record<string, RowSpec>>;

type Field<T extends string> = T extends `${infer Name}[${string}` ? Name : never;
type Fields<P extends string> = P extends `${infer T} ${infer Rest}` ? Field<T> | Fields<Rest> : Field<P>;
type Bits<S> = S extends string ? S : S extends { readonly bits: infer B extends string } ? B : never;
/** The operands that a pattern names. */
export type Operands<S extends RowSpec> = { readonly [K in Fields<Bits<S>>]: number };
/** One function a row, given the row's own operands. */
export type Semantics<R extends Rows, Context> = { readonly [K in keyof R]: (context: Context, o: Operands<R[K]>) => void };

/** Bits [at, at + width) of the word are bits [to, to + width) of the field. */
type Piece = { readonly at: number; readonly width: number; readonly to: number };
export type FieldSpec = { readonly name: string; readonly pieces: readonly Piece[]; readonly signBit: number | null };
type Fixed = { readonly mask: number; readonly bits: number };

export type Row = {
  readonly name: string;
  readonly pattern: string;
  /** The word is this instruction's when `(word & mask) === bits`, except for `unless`. */
  readonly mask: number;
  readonly bits: number;
  /** What the bits that are not looked at should be. */
  readonly shouldBe: number;
  readonly unless: readonly Fixed[];
  readonly before: readonly string[];
  readonly fields: readonly FieldSpec[];
  /** The word's fields by name. */
  readonly operands: (word: number) => Record<string, number>;
};

export type DecodeTable = {
  readonly rows: readonly Row[];
  readonly find: (word: number) => Row | undefined;
};

type Pieces = Map<string, Piece[]>;

/** Reads `name[12|10:5]`, whose lowest bit ends at bit `end` of the word; answers the bits it takes. */
function parseField(token: string, end: number, pieces: Pieces): number {
  const match = /^([A-Za-z]\w*)\[([\d:|]+)\]$/.exec(token);
  if (match === null) throw new Error(`"${token}" is neither bits nor a field`);
  let taken = 0;
  for (const range of match[2]!.split('|').reverse()) {
    const [high, low = high] = range.split(':').map(Number);
    if (high === undefined || low === undefined || high < low) throw new Error(`"${token}" has its bits the wrong way round`);
    const piece = { at: end + taken, width: high - low + 1, to: low };
    const known = pieces.get(match[1]!) ?? [];
    if (known.some((p) => p.to < piece.to + piece.width && piece.to < p.to + p.width)) throw new Error(`"${token}" names a bit twice`);
    pieces.set(match[1]!, [piece, ...known]);
    taken += piece.width;
  }
  return taken;
}

const ones = (width: number): number => (width === 32 ? -1 : (1 << width) - 1);

function fieldSpec(name: string, pieces: readonly Piece[]): FieldSpec {
  const top = Math.max(...pieces.map((p) => p.to + p.width - 1));
  return { name, pieces, signBit: name.startsWith('simm') ? top : null };
}

/** Uses of a row before its extractor is compiled: compiling takes as long as a hundred uses. */
const COMPILE_AFTER = 100;

function extractor(fields: readonly FieldSpec[]): Row['operands'] {
  let uses = 0;
  let compiled: Row['operands'] | undefined;
  return (word) => {
    if (compiled !== undefined) return compiled(word);
    if (++uses > COMPILE_AFTER) compiled = compileExtractor(fields);
    return extract(fields, word);
  };
}

function extract(fields: readonly FieldSpec[], word: number): Record<string, number> {
  const operands: Record<string, number> = {};
  for (const { name, pieces, signBit } of fields) {
    let value = 0;
    for (const p of pieces) value |= ((word >>> p.at) & ones(p.width)) << p.to;
    operands[name] = signBit === null ? value : (value << (31 - signBit)) >> (31 - signBit);
  }
  return operands;
}

/** The same as straight code that makes the object in one literal. Names and numbers come from parsed fields only. */
function compileExtractor(fields: readonly FieldSpec[]): Row['operands'] {
  const field = ({ pieces, signBit }: FieldSpec): string => {
    const value = pieces.map((p) => `(w >>> ${p.at} & ${ones(p.width)}) << ${p.to}`).join(' | ');
    return signBit === null ? `(${value})` : `(${value}) << ${31 - signBit} >> ${31 - signBit}`;
  };
  return new Function('w', `return { ${fields.map((f) => `${f.name}: ${field(f)}`).join(', ')} };`) as Row['operands'];
}

/** Where a field's value lies in the word, as a mask and bits to compare with. */
function fixedBy(field: FieldSpec, value: number): Fixed {
  let mask = 0;
  let bits = 0;
  for (const p of field.pieces) {
    mask |= ones(p.width) << p.at;
    bits |= ((value >>> p.to) & ones(p.width)) << p.at;
  }
  return { mask, bits };
}

/** What a pattern's bits are, without its fields; null when it is not well formed. */
type Scan = { readonly width: number; readonly mask: number; readonly bits: number; readonly shouldBe: number };

const SPACE = 0x20, OPEN = 0x28, CLOSE = 0x29, ZERO = 0x30, ONE = 0x31, COLON = 0x3a, FIELD_END = 0x5d, BAR = 0x7c;

/** The number of bits of what stands in the brackets of a field, between two places of a pattern. */
function fieldWidth(pattern: string, from: number, to: number): number {
  let width = 0, high = -1, number = 0;
  for (let i = from; i <= to; i++) {
    const c = i < to ? pattern.charCodeAt(i) : BAR;
    if (c === COLON) { high = number; number = 0; } else if (c === BAR) { width += high < 0 ? 1 : high - number + 1; high = -1; number = 0; } else number = number * 10 + c - ZERO;
  }
  return width;
}

/** From the lowest bit up. Tables have hundreds of rows, of which a program uses dozens: only those are parsed in full. */
function scan(pattern: string): Scan | null {
  let at = 0, mask = 0, bits = 0, shouldBe = 0, looked = true;
  for (let i = pattern.length - 1; i >= 0; i--) {
    const c = pattern.charCodeAt(i);
    if (c === ZERO || c === ONE) {
      const value = (c - ZERO) << at;
      if (looked) { mask |= 1 << at; bits |= value; } else shouldBe |= value;
      at++;
    } else if (c === FIELD_END) {
      const open = pattern.lastIndexOf('[', i);
      at += fieldWidth(pattern, open + 1, i);
      i = pattern.lastIndexOf(' ', open);
    } else if (c === CLOSE) looked = false;
    else if (c === OPEN) looked = true;
    else if (c !== SPACE) return null;
  }
  return { width: at, mask, bits, shouldBe };
}

/** A row of a table, parsed in full when it is first used. */
class LazyRow implements Row {
  readonly name: string;
  readonly pattern: string;
  readonly mask: number;
  readonly bits: number;
  readonly shouldBe: number;
  readonly before: readonly string[];
  readonly parse: () => Row;
  private parsed: Row | undefined;

  constructor(name: string, pattern: string, { mask, bits, shouldBe }: Scan, before: readonly string[], parse: () => Row) {
    this.name = name;
    this.pattern = pattern;
    this.mask = mask;
    this.bits = bits;
    this.shouldBe = shouldBe;
    this.before = before;
    this.parse = parse;
  }

  private get full(): Row { return this.parsed ??= this.parse(); }
  get unless(): readonly Fixed[] { return this.full.unless; }
  get fields(): readonly FieldSpec[] { return this.full.fields; }
  operands(word: number): Record<string, number> { return this.full.operands(word); }
}

function rowOf(name: string, spec: RowSpec, width: 16 | 32): Row {
  const { bits: pattern, before = [] } = typeof spec === 'string' ? { bits: spec } : spec;
  const found = scan(pattern);
  const parse = (): Row => parseRow(name, spec, width);
  // What is wrong with it parseRow says.
  return found === null || found.width !== width ? parse() : new LazyRow(name, pattern, found, [before].flat(), parse);
}

/** Reads one row. Throws when the pattern is not `width` bits wide or is not well formed. */
export function parseRow(name: string, spec: RowSpec, width: 16 | 32): Row {
  const { bits: pattern, before = [], unless = {} } = typeof spec === 'string' ? { bits: spec } : spec;
  const pieces: Pieces = new Map();
  let mask = 0;
  let bits = 0;
  let shouldBe = 0;
  let at = 0;
  const fail = (why: string): never => { throw new Error(`${name}: ${why} in "${pattern}"`); };
  for (const token of pattern.split(' ').reverse()) {
    const fixed = /^\(?([01]+)\)?$/.exec(token)?.[1];
    if (fixed !== undefined) {
      const value = parseInt(fixed, 2) << at;
      if (token.startsWith('(')) shouldBe |= value;
      else { bits |= value; mask |= ones(fixed.length) << at; }
      at += fixed.length;
    } else {
      try { at += parseField(token, at, pieces); } catch (e) { fail((e as Error).message); }
    }
  }
  if (at !== width) fail(`${at} bits, not ${width},`);
  const fields = [...pieces].reverse().map(([field, of]) => fieldSpec(field, of));
  const excluded = Object.entries(unless).flatMap(([field, values]) => {
    const spec = fields.find((f) => f.name === field) ?? fail(`no field "${field}"`);
    return [values].flat().map((value) => fixedBy(spec, value));
  });
  return { name, pattern, mask, bits, shouldBe, unless: excluded, before: [before].flat(), fields, operands: extractor(fields) };
}

function matches(row: Row, word: number): boolean {
  if ((word & row.mask) !== row.bits) return false;
  for (const u of row.unless) if ((word & u.mask) === u.bits) return false;
  return true;
}

/** Whether `row` gives up every word that `other` fixes. */
const excludes = (row: Row, other: Row): boolean => row.unless.some((u) => (other.mask & u.mask) === u.mask && (other.bits & u.mask) === u.bits);

/** Pairs of rows that share a word without saying which goes first. */
export function overlaps(rows: readonly Row[]): string[] {
  return rows.flatMap((a, i) => rows.slice(i + 1)
    .filter((b) => ((a.bits ^ b.bits) & a.mask & b.mask) === 0 && !excludes(a, b) && !excludes(b, a)
      && a.before.includes(b.name) === b.before.includes(a.name))
    .map((b) => `${a.name} overlaps ${b.name}`));
}

/** Rows in an order in which each comes after those that go before it. */
function ordered(rows: readonly Row[]): Row[] {
  const earlier = new Map<string, Row[]>(rows.map((r) => [r.name, []]));
  for (const row of rows) for (const later of row.before) {
    const list = earlier.get(later);
    if (list === undefined) throw new Error(`${row.name} goes before ${later}, which is no row`);
    list.push(row);
  }
  const done = new Set<Row>();
  const open = new Set<Row>();
  const visit = (row: Row): void => {
    if (done.has(row)) return;
    if (open.has(row)) throw new Error(`${row.name} goes before itself`);
    open.add(row);
    for (const first of earlier.get(row.name)!) visit(first);
    done.add(row);
  };
  for (const row of rows) visit(row);
  return [...done];
}

/** The bits that most rows fix, at most `count` of them: what the rows are bucketed by. */
function keyMask(rows: readonly Row[], width: number, count: number): number {
  const uses = Array.from({ length: width }, (_, bit) => ({ bit, rows: 0 }));
  for (const { mask } of rows) for (let bit = 0; bit < width; bit++) uses[bit]!.rows += (mask >>> bit) & 1;
  return uses.sort((a, b) => b.rows - a.rows).slice(0, count).reduce((mask, u) => mask | (1 << u.bit), 0);
}

/** Makes a decoder of a table. Throws when rows have not `width` bits; that fields are well formed and no rows overlap is for the tables' tests to show. */
export function decodeTable(specs: Rows, width: 16 | 32): DecodeTable {
  const rows = ordered(Object.entries(specs).map(([name, spec]) => rowOf(name, spec, width)));
  const key = keyMask(rows, width, width === 16 ? 8 : 12);
  const buckets = new Map<number, readonly Row[]>();
  const bucket = (of: number): readonly Row[] => {
    const found: Row[] = [];
    for (const r of rows) if (((r.bits ^ of) & r.mask & key) === 0) found.push(r);
    buckets.set(of, found);
    return found;
  };
  return {
    rows,
    find: (word) => {
      const of = word & key;
      for (const row of buckets.get(of) ?? bucket(of)) if (matches(row, word)) return row;
      return undefined;
    },
  };
}

/** The word of an instruction with these operands (0 for those not given). */
export function encode(row: Row, operands: Readonly<Record<string, number>>): number {
  let word = row.bits | row.shouldBe;
  for (const field of row.fields) word |= fixedBy(field, operands[field.name] ?? 0).bits;
  return word >>> 0;
}

/** An instruction as its row's name and operands, for logs. */
export function printInstruction(row: Row, word: number): string {
  const operands = Object.entries(row.operands(word)).map(([name, value]) => `${name}=${value}`);
  return [row.name, operands.join(', ')].join(' ').trimEnd();
}
