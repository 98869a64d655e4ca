// Data in the other byte order, which SETEND selects: elements of a value have their bytes reversed if a flag says so.
import type { Builder } from '../../../translate/builder.ts';
import type { Ref } from '../../../translate/ir.ts';

const shapes: Readonly<Record<string, string>> = { i64: 'i64x2', f32: 'f32x4', f64: 'f64x2' };

const reversed = (b: Builder, vector: Ref, element: number): Ref => b.shuffle(vector, vector, Array.from({ length: 16 }, (_, i) => i ^ (element - 1)));

/** `value`, of a type of WebAssembly, with the bytes of each of its elements reversed if `other` is 1, not if it is 0. An i32 of two bytes stays as it was above them or gets zeroes there. */
export function inOtherOrder(b: Builder, type: string, value: Ref, element: number, other: Ref): Ref {
  if (type === 'i32') return b.op('i32.select', b.op(element === 2 ? 'i32.bswap16' : 'i32.bswap', value), value, other);
  if (type === 'v128') return b.op('v128.bitselect', reversed(b, value, element), value, b.op('i32x4.splat', b.op('i32.sub', b.i32(0), other)));
  const shape = shapes[type]!;
  return b.op(`${type}.select`, b.op(`${shape}.extract_lane`, reversed(b, b.op(`${shape}.splat`, value), element)), value, other);
}
