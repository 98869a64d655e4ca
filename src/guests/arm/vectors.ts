// The vector page at 0xffff0000, with the helpers that the kernel lends to user programs:
// Documentation/arch/arm/kernel_user_helpers.rst. Written as instructions; each address is the kernel's promise.
import { sigreturnAddress, sigreturnCodes } from './signal-frame.ts';

const base = 0xffff0000;
const helpersVersion = 5;

const helpers: readonly (readonly [address: number, words: readonly number[]])[] = [
  // __kuser_cmpxchg64(const int64_t *old, const int64_t *new, volatile int64_t *ptr): 0 and carry set if it stored
  [0xffff0f60, [
    0xe92d00f0, //    push   {r4, r5, r6, r7}
    0xe1c040d0, //    ldrd   r4, r5, [r0]
    0xe1c160d0, //    ldrd   r6, r7, [r1]
    0xf57ff05b, //    dmb    ish
    0xe1b20f9f, // 1: ldrexd r0, r1, [r2]
    0xe0303004, //    eors   r3, r0, r4
    0x00313005, //    eorseq r3, r1, r5
    0x01a23f96, //    strexdeq r3, r6, r7, [r2]
    0x03330001, //    teqeq  r3, #1
    0x0afffff9, //    beq    1b
    0xf57ff05b, //    dmb    ish
    0xe2730000, //    rsbs   r0, r3, #0
    0xe8bd00f0, //    pop    {r4, r5, r6, r7}
    0xe12fff1e, //    bx     lr
  ]],
  // __kuser_memory_barrier()
  [0xffff0fa0, [
    0xf57ff05b, //    dmb    ish
    0xe12fff1e, //    bx     lr
  ]],
  // __kuser_cmpxchg(int32_t old, int32_t new, volatile int32_t *ptr): 0 and carry set if it stored
  [0xffff0fc0, [
    0xf57ff05b, //    dmb    ish
    0xe1923f9f, // 1: ldrex  r3, [r2]
    0xe0533000, //    subs   r3, r3, r0
    0x01823f91, //    strexeq r3, r1, [r2]
    0x03330001, //    teqeq  r3, #1
    0x0afffffa, //    beq    1b
    0xe2730000, //    rsbs   r0, r3, #0
    0xeaffffef, //    b      __kuser_memory_barrier
  ]],
  // __kuser_get_tls()
  [0xffff0fe0, [
    0xee1d0f70, //    mrc    p15, 0, r0, c13, c0, 3
    0xe12fff1e, //    bx     lr
  ]],
  // __kuser_helper_version
  [0xffff0ffc, [helpersVersion]],
  [sigreturnAddress, [...sigreturnCodes]],
];

function page(): Uint8Array {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  for (const [address, words] of helpers) words.forEach((word, i) => view.setUint32(address - base + 4 * i, word, true));
  return bytes;
}

export const vectorPage = { address: base, bytes: page() } as const;
