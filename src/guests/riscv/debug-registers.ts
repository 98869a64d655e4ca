// The registers as gdb knows them: org.gnu.gdb.riscv.cpu and .fpu.
import { cell, word, type DebugRegister, type DebugTarget } from '../registers.ts';
import { f, frm, readFcsr, registers, writeFcsr, xNames, type Xlen } from './state.ts';

const fNames = Array.from({ length: 32 }, (_, i) =>
  (i < 8 ? `ft${i}` : i < 10 ? `fs${i - 8}` : i < 18 ? `fa${i - 10}` : i < 28 ? `fs${i - 16}` : `ft${i - 20}`));

const types = '<union id="riscv_double"><field name="float" type="ieee_single"/><field name="double" type="ieee_double"/></union>';

/** What reads as zero and cannot be written. */
const zero = (bits: number): DebugRegister => ({ name: 'zero', bits, type: 'int', read: () => new Uint8Array(bits / 8), write: () => {} });

export function debugTarget(xlen: Xlen): DebugTarget {
  const { x, pc } = registers[xlen];
  const pointers = new Set(['sp', 'gp', 'tp', 's0']);
  const counter = cell('pc', pc, xlen, { type: 'code_ptr' });
  return {
    architecture: `riscv:rv${xlen}`,
    link: x[1]!,
    features: [
      {
        name: 'org.gnu.gdb.riscv.cpu',
        registers: [
          zero(xlen),
          ...x.slice(1).map((slot, i) => {
            const name = xNames[i + 1]!;
            return cell(name === 's0' ? 'fp' : name, slot, xlen, { type: name === 'ra' ? 'code_ptr' : pointers.has(name) ? 'data_ptr' : 'int' });
          }),
          {
            ...counter,
            // The location's lowest bit says how arithmetic rounds.
            read: (cpu) => { const bytes = counter.read(cpu); bytes[0]! &= ~1; return bytes; },
            write: (cpu, bytes) => {
              const mode = cpu.u8[pc.offset]! & 1;
              counter.write(cpu, bytes);
              cpu.u8[pc.offset] = (cpu.u8[pc.offset]! & ~1) | mode;
            },
          },
        ],
      },
      {
        name: 'org.gnu.gdb.riscv.fpu',
        types,
        registers: [
          ...f.map((slot, i) => cell(fNames[i]!, slot, 64, { type: 'riscv_double' })),
          word('fflags', (cpu) => readFcsr(cpu) & 31, (cpu, value) => setFcsr(cpu, (readFcsr(cpu) & ~31) | (value & 31)), { number: 66, group: 'float' }),
          word('frm', (cpu) => readFcsr(cpu) >> 5, (cpu, value) => setFcsr(cpu, (readFcsr(cpu) & 31) | (value & 7) << 5), { group: 'float' }),
          word('fcsr', readFcsr, (cpu, value) => setFcsr(cpu, value), { group: 'float' }),
        ],
      },
    ],
  };

  function setFcsr(cpu: Parameters<typeof writeFcsr>[0], value: number): void {
    writeFcsr(cpu, value);
    cpu.u8[pc.offset] = (cpu.u8[pc.offset]! & ~1) | (cpu.i32[frm.offset >> 2] === 0 ? 0 : 1);
  }
}
