// A program that tries instructions one by one and writes a word for each: 1 where it was SIGILL, 0 where it was not, whatever else it
// did. It needs no more than ARMv5 itself. r0 to r8 point to memory; instructions may change these and sp, but not r9 to r11 and not pc.
import { CODE, DATA, elf } from './program.ts';

const SA_SIGINFO = 4;
const SIGILL = 4, SIGBUS = 7, SIGSEGV = 11;

/** A32 words, or with `thumb` T32 words (first halfword in the upper half; a T16 one and a NOP). */
export function probes(words: readonly number[], thumb = false): Uint8Array {
  const memory = DATA + 1024, output = DATA + 2048;
  const data = new Uint32Array(512 + words.length);
  const code: number[] = [];
  // ldr rX, [pc]; b past it; the value
  const load = (register: number, value: number): void => { code.push((0xe59f0000 | register << 12) >>> 0, 0xea000000, value); };
  for (const signal of [SIGILL, SIGBUS, SIGSEGV]) {
    load(1, DATA);
    code.push(0xe3a00000 | signal, 0xe3a02000, 0xe3a03008, 0xe3a070ae, 0xef000000); // rt_sigaction(signal, DATA, 0, 8)
  }
  code.push(0xe1a0b00d); // mov r11, sp
  load(9, output);
  for (const word of words) {
    load(0, memory);
    for (let register = 1; register < 9; register++) code.push((0xe1a00000 | register << 12) >>> 0); // mov rX, r0
    code.push(0xe3a0a000, 0xe1a0d00b); // mov r10, #0; mov sp, r11
    // add r12, pc, #1; bx r12; the instruction; bx pc; nop
    if (thumb) code.push(0xe28fc001, 0xe12fff1c, ((word << 16) | word >>> 16) >>> 0, 0xbf004778);
    else code.push(word);
    code.push(0xe489a004); // str r10, [r9], #4
  }
  load(1, output);
  load(2, 4 * words.length);
  code.push(0xe3a00001, 0xe3a07004, 0xef000000, 0xe3a00000, 0xe3a07001, 0xef000000); // write(1, output, …), exit(0)
  const handler = CODE + 4 * code.length;
  code.push(0xe592305c, 0xe2833004, 0xe582305c); // uc_mcontext.arm_pc += 4
  code.push(0xe3500000 | SIGILL, 0x03a03001, 0x13a03000, 0xe5823048, 0xe12fff1e); // uc_mcontext.arm_r10 = signal == SIGILL
  data.set([handler, SA_SIGINFO, 0, 0, 0]);
  if (CODE + 4 * code.length > DATA) throw new Error('the code does not fit before the data');
  return elf(Uint32Array.from(code), data);
}

/** The words of the program's output. */
export const answers = (output: Uint8Array): Uint32Array => new Uint32Array(Uint8Array.from(output).buffer);
