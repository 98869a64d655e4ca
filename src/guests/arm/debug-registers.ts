// The registers as gdb knows them: org.gnu.gdb.arm.core, .vfp, .neon and .tls.
import { cell, word, type DebugTarget } from '../registers.ts';
import { readFpscr, writeFpscr } from './fpscr.ts';
import { d, pc, r, read, readCpsr, TPIDRURO, write, writeCpsr } from './state.ts';

const T = 0x20;

export const debugTarget = (): DebugTarget => ({
  architecture: 'arm',
  link: r[14]!,
  features: [
    {
      name: 'org.gnu.gdb.arm.core',
      registers: [
        ...r.slice(0, 13).map((slot, i) => cell(`r${i}`, slot, 32, { type: 'uint32' })),
        cell('sp', r[13]!, 32, { type: 'data_ptr' }),
        cell('lr', r[14]!, 32, { type: 'uint32' }),
        // Thumb is the location's lowest bit here and CPSR's T there.
        word('pc', (cpu) => read(cpu, pc) & ~1, (cpu, value) => write(cpu, pc, (value & ~1) | (read(cpu, pc) & 1)), { type: 'code_ptr' }),
        // 16 to 24 are those of the FPA, which nothing has.
        word('cpsr', readCpsr, (cpu, value) => {
          writeCpsr(cpu, value);
          write(cpu, pc, (read(cpu, pc) & ~1) | (value & T ? 1 : 0));
        }, { number: 25, type: 'uint32' }),
      ],
    },
    {
      name: 'org.gnu.gdb.arm.vfp',
      registers: [
        ...d.map((slot, i) => cell(`d${i}`, slot, 64, { type: 'ieee_double' })),
        word('fpscr', readFpscr, writeFpscr, { type: 'uint32', group: 'float' }),
      ],
    },
    // Tells gdb that q registers lie over the d registers; it makes them itself.
    { name: 'org.gnu.gdb.arm.neon', registers: [] },
    { name: 'org.gnu.gdb.arm.tls', registers: [cell('tpidruro', TPIDRURO, 32, { type: 'data_ptr' })] },
  ],
});
