// The IR's operations in half precision: one half in the lower bits of a word, in the thread's environment (f16.*), or eight
// lanes in the standard one (f16x8.*). TypeScript computes them all (halves.ts).
import type { Code, MemoryIndex } from '../wasm/code.ts';
import { FLOAT_CELLS } from '../state.ts';
import { halfKinds, halfNumber, type HalfKind } from './kinds.ts';

type Arg = (i: number) => void;
type Add = (name: string, signature: string, effect: 'flags', inOrder: boolean, emit: (code: Code, arg: Arg, imm: number, guest: MemoryIndex) => void) => void;

/** Operands: 'h' is a half (or a lane of them), 'w' a word that says how. */
const operandsOf = (kind: HalfKind): string => {
  switch (kind) {
    case 'fma': return 'hhh';
    case 'sqrt': case 'recpe': case 'rsqrte': return 'h';
    case 'rint': case 'rintx': case 'toInteger': case 'fromInteger': return 'hw';
    default: return 'hh';
  }
};

export function halfOps(add: Add, helper: number): void {
  for (const kind of halfKinds) {
    for (const [name, type, step] of [['f16', 'i32', 8], ['f16x8', 'v128', 16]] as const) {
      const types = [...operandsOf(kind)].map((operand) => (operand === 'h' ? type : 'i32'));
      add(`${name}.${kind}`, `${types.join(' ')} -> ${type}`, 'flags', false, (code, arg, _imm, guest) => {
        const state = guest === 0 ? 1 : 0;
        types.forEach((t, i) => { code.i32(0); arg(i); code.access(`${t}.store`, state, FLOAT_CELLS + step * i); });
        code.i32(halfNumber(name === 'f16x8', kind)); code.call(helper);
        code.i32(0); code.access(`${type}.load`, state, FLOAT_CELLS);
      });
    }
  }
}
