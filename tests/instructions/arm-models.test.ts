// What processors lack is SIGILL on them: samples of each group of instructions run on every model that qemu-arm has too, in a
// program that needs no more than ARMv5.
import { models } from '../../src/guests/arm/models.ts';
import { answers, probes } from './probes.ts';
import { CODE, elf } from './program.ts';
import { runFile } from './run.ts';

/** Instructions as arm-linux-gnueabihf-as makes them: r0 points to memory. */
const samples: Readonly<Record<string, number>> = {
  'clz r0, r1': 0xe16f0f11, 'qadd r0, r1, r2': 0xe1020051, 'smlabb r1, r2, r3, r4': 0xe1014382, 'ldrd r2, r3, [r0]': 0xe1c020d0, 'pld [r0]': 0xf5d0f000,
  'uxtb r1, r2': 0xe6ef1072, 'rev r1, r2': 0xe6bf1f32, 'uadd8 r1, r2, r3': 0xe6521f93, 'ssat r1, #5, r2': 0xe6a41012, 'umaal r1, r2, r3, r4': 0xe0421493, 'ldrex r1, [r0]': 0xe1901f9f, 'setend le': 0xf1010000,
  'ldrexd r2, r3, [r0]': 0xe1b02f9f, 'strexb r1, r2, [r0]': 0xe1c01f92, clrex: 0xf57ff01f, 'mrc tpidruro': 0xee1d1f70,
  'movw r1, #1': 0xe3001001, 'mls r1, r2, r3, r4': 0xe0614392, 'bfc r1, #0, #4': 0xe7c3101f, 'ubfx r1, r2, #3, #5': 0xe7e411d2, 'rbit r1, r2': 0xe6ff1f32, 'dmb sy': 0xf57ff05f, 'pli [r0]': 0xf4d0f000,
  'sdiv r1, r2, r3': 0xe711f312, 'udiv r1, r2, r3': 0xe731f312, 'lda r1, [r0]': 0xe1901c9f, 'stlexd r1, r2, r3, [r0]': 0xe1a01e92, 'crc32b r1, r2, r3': 0xe1021043, sb: 0xf57ff070,
  'vadd.f32 s0, s1, s2': 0xee300a81, 'vmul.f64 d0, d1, d2': 0xee210b02, 'vadd.f64 d0, d16, d1': 0xee300b81, 'vldr d31, [r0]': 0xedd0fb00, 'vcvt.s32.f64 s15, d7': 0xeefd7bc7, 'vstmia r0, {d12-d17}': 0xec80cb0c,
  'vmov.f64 d0, #1': 0xeeb70b00, 'vcvt.f32.s32 s0, s0, #8': 0xeeba0acc, 'vfma.f32 s0, s1, s2': 0xeea00a81, 'vcvtb.f32.f16 s0, s1': 0xeeb20a60, 'vcvtb.f64.f16 d0, s1': 0xeeb20b60,
  'vseleq.f32 s0, s1, s2': 0xfe000a81, 'vrinta.f64 d0, d1': 0xfeb80b41, 'vrintr.f32 s0, s1': 0xeeb60a60, 'vrintz.f64 d0, d1': 0xeeb60bc1, 'vrintx.f32 s0, s1': 0xeeb70a60, 'vmov.32 d0[0], r1': 0xee001b10, 'vmov.8 d0[1], r1': 0xee401b30, 'vdup.8 d0, r1': 0xeec01b10,
  'vadd.i32 q0, q1, q2': 0xf2220844, 'vadd.f32 d0, d1, d2': 0xf2010d02, 'vld1.8 {d0}, [r0]': 0xf420070f, 'vcvt.f16.f32 d0, q1': 0xf3b60602, 'vrintn.f32 d0, d1': 0xf3ba0401, 'vmaxnm.f32 d0, d1, d2': 0xf3010f12, 'vfma.f32 d0, d1, d2': 0xf2010c12,
  'aese.8 q0, q1': 0xf3b00302, 'vmull.p64 q0, d1, d2': 0xf2a10e02, 'sha1h.32 q0, q1': 0xf3b902c2, 'sha256h.32 q0, q1, q2': 0xf3020c44,
  'vadd.f16 s0, s1, s2': 0xee300981, 'vadd.f16 d0, d1, d2': 0xf2110d02, 'vcgt.f16 d0, d1, #0': 0xf3b50401, 'vmovx.f16 s0, s1': 0xfeb00a60, 'vsdot.s8 d0, d1, d2': 0xfc210d02, 'vusdot.s8 d0, d1, d2': 0xfca10d02,
  'vfmal.f16 d0, s1, s2': 0xfc2008b1, 'vdot.bf16 d0, d1, d2': 0xfc010d02, 'vcvtb.bf16.f32 s0, s1': 0xeeb30960, 'vqrdmlah.s16 d0, d1, d2': 0xf3110b12, 'vcadd.f32 d0, d1, d2, #90': 0xfc910802, 'vjcvt.s32.f64 s0, d1': 0xeeb90bc1,
};
const words = Object.values(samples);

/** qemu-arm 7.2 has these where the manual, and these processors, do not. */
const notAsked: Readonly<Record<string, readonly string[]>> = { 'vfma.f32 d0, d1, d2': ['cortex-a8', 'cortex-a9'] };

describe.each(models.map(({ name }) => name).filter((name) => name !== 'cortex-a5'))('%s', (name) => {
  test('has what it has', () => {
    const { tsemu, qemu } = runFile(probes(words), '0', name);
    expect([tsemu.end, qemu.end, qemu.output.length]).toEqual(['0', '0', 4 * words.length]);
    const lacking = (output: Uint8Array): string[] => Object.keys(samples).filter((text, i) => answers(output)[i] === 1 && !notAsked[text]?.includes(name));
    expect(lacking(tsemu.output)).toEqual(lacking(qemu.output));
  });
});

test.each(['arm926', 'arm1176'])('on %s a result that is written to r15 does not choose the instruction set', (name) => {
  // ldr r0, [pc]; b past it; where the code goes on, with bit 0; mov pc, r0; exit(0)
  const code = Uint32Array.of(0xe59f0000, 0xea000000, (CODE + 16) | 1, 0xe1a0f000, 0xe3a00000, 0xe3a07001, 0xef000000);
  const { tsemu, qemu } = runFile(elf(code, new Uint32Array(1)), '0', name);
  expect([tsemu.end, qemu.end]).toEqual(['0', '0']);
});
