// A C struct declared once: a data model makes it concrete, and two concrete layouts give a converter. Numbers wider than
// 32 bits are JS numbers here; converters copy bytes, so that no bit of them is lost.
import type { DataModel } from '../guests/guest.ts';

export type Scalar = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | 'long' | 'ulong' | 'pointer';
/** A scalar, so many bytes, an array of a type, or a struct in the struct. */
export type Type = Scalar | { readonly bytes: number; readonly align?: number } | { readonly array: Type; readonly length: number } | Struct;

export type Struct = { (model: DataModel): Layout; readonly structName: string };
export type Field = { readonly name: string; readonly offset: number; readonly size: number; readonly signed: boolean; readonly raw: boolean; readonly pointer?: true };
export type Layout = {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly bigEndian: boolean;
  readonly fields: readonly Field[];
  readonly byName: Readonly<Record<string, Field>>;
};

/** The data model of the host, x86-64. */
export const lp64: DataModel = { pointer: 8, align64: 8, bigEndian: false };

const scalarBytes = (type: Scalar, model: DataModel): number =>
  type === 'long' || type === 'ulong' || type === 'pointer' ? model.pointer : Number(type.slice(1)) / 8;
const scalarAlign = (type: Scalar, model: DataModel): number => (scalarBytes(type, model) === 8 ? model.align64 : scalarBytes(type, model));

/** Declares a struct. `packed` leaves out all padding; `align` is the least alignment of the whole. */
export function struct(structName: string, types: Readonly<Record<string, Type>>, how: { packed?: boolean; align?: number } = {}): Struct {
  const known = new Map<string, Layout>();
  const concrete = (model: DataModel): Layout => {
    const key = `${model.pointer} ${model.align64} ${model.bigEndian}`;
    let layout = known.get(key);
    if (!layout) known.set(key, layout = lay(structName, types, how, model));
    return layout;
  };
  return Object.assign(concrete, { structName });
}

/** A struct whose fields are not the same in all data models. */
export function byModel(structName: string, types: (model: DataModel) => Readonly<Record<string, Type>>): Struct {
  return Object.assign((model: DataModel) => struct(structName, types(model))(model), { structName });
}

function lay(name: string, types: Readonly<Record<string, Type>>, how: { packed?: boolean; align?: number }, model: DataModel): Layout {
  const fields: Field[] = [];
  let end = 0;
  let align = how.align ?? 1;
  const room = (size: number, wanted: number): number => {
    const aligned = how.packed ? 1 : wanted;
    const offset = Math.ceil(end / aligned) * aligned;
    align = Math.max(align, aligned);
    end = offset + size;
    return offset;
  };
  const add = (path: string, type: Type): void => {
    if (typeof type === 'string') {
      const size = scalarBytes(type, model);
      fields.push({ name: path, offset: room(size, scalarAlign(type, model)), size, signed: type.startsWith('i') || type === 'long', raw: false, ...(type === 'pointer' ? { pointer: true as const } : {}) });
    } else if (typeof type === 'function') {
      const inner = type(model);
      const at = room(inner.size, inner.align);
      for (const f of inner.fields) fields.push({ ...f, name: `${path}.${f.name}`, offset: at + f.offset });
    } else if ('bytes' in type) fields.push({ name: path, offset: room(type.bytes, type.align ?? 1), size: type.bytes, signed: false, raw: true });
    else for (let i = 0; i < type.length; i++) add(`${path}.${i}`, type.array);
  };
  for (const [field, type] of Object.entries(types)) add(field, type);
  return {
    name, fields, align, bigEndian: model.bigEndian,
    size: Math.ceil(end / align) * align,
    byName: Object.fromEntries(fields.map((f) => [f.name, f])),
  };
}

const fieldOf = (layout: Layout, name: string): Field => {
  const field = layout.byName[name];
  if (!field) throw new Error(`struct ${layout.name} has no field ${name}`);
  return field;
};

/** The value of a field of the struct at `at`; exact up to 2^53. */
export function get(layout: Layout, bytes: Uint8Array, name: string, at = 0): number {
  const { offset, size, signed } = fieldOf(layout, name);
  let value = 0;
  for (let i = size - 1; i >= 0; i--) {
    const byte = bytes[at + offset + (layout.bigEndian ? size - 1 - i : i)]!;
    value = value * 256 + (signed && i === size - 1 ? (byte << 24) >> 24 : byte);
  }
  return value;
}

export function set(layout: Layout, bytes: Uint8Array, name: string, value: number, at = 0): void {
  const { offset, size } = fieldOf(layout, name);
  let rest = value;
  for (let i = 0; i < size; i++) {
    const floor = Math.floor(rest / 256);
    bytes[at + offset + (layout.bigEndian ? size - 1 - i : i)] = rest - floor * 256;
    rest = floor;
  }
}

export type Converter = (from: Uint8Array, to: Uint8Array, fromAt?: number, toAt?: number) => void;

/**
 * Copies the fields that both layouts name, widening by sign and narrowing by cutting off; the rest of the target is left
 * alone. A field `__x` of the target that the source lacks is another copy of `x`.
 */
export function converter(from: Layout, to: Layout): Converter {
  const steps = to.fields.flatMap((t) => {
    const f = from.byName[t.name] ?? from.byName[t.name.replace(/^__/, '')];
    return f ? copySteps(f, from.bigEndian && !f.raw, t, to.bigEndian && !t.raw) : [];
  });
  const plan = Int32Array.from(joined(steps).flat());
  return (source, target, fromAt = 0, toAt = 0) => {
    for (let p = 0; p < plan.length; p += STEP) {
      const n = plan[p + 2]!, by = plan[p + 3]!;
      let f = fromAt + plan[p]!;
      const t = toAt + plan[p + 1]!, sign = plan[p + 4]!;
      if (sign === COPY) for (let i = 0; i < n; i++, f += by) target[t + i] = source[f]!;
      else {
        const fill = sign !== ZERO && source[fromAt + sign]! & 0x80 ? 0xff : 0;
        for (let i = 0; i < n; i++) target[t + i] = fill;
      }
    }
  };
}

/** From, to, how many bytes, which way the source goes; then COPY, or what the bytes are filled with: ZERO, or the sign of the byte there. */
type Step = readonly [from: number, to: number, bytes: number, by: number, sign: number];
const STEP = 5, COPY = -1, ZERO = -2;

/** The steps for one field; `fromTop` and `toTop` say where the highest byte comes first. */
function copySteps(f: Field, fromTop: boolean, t: Field, toTop: boolean): Step[] {
  const n = Math.min(f.size, t.size);
  // The target is written upwards; the low bytes of a big-endian number are at its end.
  const to = toTop ? t.offset + t.size - n : t.offset;
  const from = fromTop ? f.offset + f.size - n : f.offset;
  const copy: Step = fromTop === toTop ? [from, to, n, 1, COPY] : [from + n - 1, to, n, -1, COPY];
  if (t.size === n) return [copy];
  const sign = f.signed ? (fromTop ? f.offset : f.offset + f.size - 1) : ZERO;
  return [copy, [0, toTop ? t.offset : t.offset + n, t.size - n, 1, sign]];
}

/** Copies that go on where the last one ended become one. */
function joined(steps: readonly Step[]): Step[] {
  const all: Step[] = [];
  for (const step of steps) {
    const last = all.at(-1);
    if (last && last[4] === COPY && step[4] === COPY && last[3] === 1 && step[3] === 1 && last[0] + last[2] === step[0] && last[1] + last[2] === step[1]) {
      all[all.length - 1] = [last[0], last[1], last[2] + step[2], 1, COPY];
    } else all.push(step);
  }
  return all;
}

/** True when a struct needs no conversion between the two. */
export function same(a: Layout, b: Layout): boolean {
  return a.size === b.size && a.bigEndian === b.bigEndian && a.fields.length === b.fields.length
    && a.fields.every((f) => b.byName[f.name]?.offset === f.offset && b.byName[f.name]?.size === f.size);
}
