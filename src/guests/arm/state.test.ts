import { arm } from './index.ts';
import { GE, ITSTATE, pc, read, readCpsr, stateBytes, write, writeCpsr } from './state.ts';

const cpu = () => {
  const buffer = new ArrayBuffer(stateBytes);
  return { i32: new Int32Array(buffer), u32: new Uint32Array(buffer), u8: new Uint8Array(buffer), f64: new Float64Array(buffer) };
};

describe('CPSR', () => {
  test.each([0x00000010, 0x80000010, 0x40000010, 0x20000010, 0x10000010, 0x08000010, 0x000f0010, 0x00050010, 0x0600fc10, 0x0200a810, 0xf80f0010])('%s comes back as it was put in', (value) => {
    const state = cpu();
    writeCpsr(state, value);
    expect(readCpsr(state)).toBe(value);
  });
  test('takes T from the location', () => {
    const state = cpu();
    write(state, pc, 0x8001);
    expect(readCpsr(state) & 0x20).toBe(0x20);
  });
  test('spreads GE over bytes', () => {
    const state = cpu();
    writeCpsr(state, 0x000a0000);
    expect(read(state, GE) >>> 0).toBe(0xff00ff00);
  });
  test('joins the two parts of IT', () => {
    const state = cpu();
    writeCpsr(state, 0x02000400);
    expect(read(state, ITSTATE)).toBe(0x05);
  });
});

describe('the guest', () => {
  test('starts at the entry with no address claimed', () => {
    const state = cpu();
    arm.reset(state, 0x10001, 0x7ffe0000);
    expect([arm.location(state), read(state, arm.sp), read(state, arm.slots.find((s) => s.name === 'exclusiveAddress')!)]).toEqual([0x10001, 0x7ffe0000, -1]);
  });
  test('has its slots inside the state, apart from one another', () => {
    const bytes = { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 } as const;
    const used = new Set<number>();
    for (const slot of arm.slots) for (let i = 0; i < bytes[slot.type]; i++) {
      expect(slot.offset + i).toBeLessThan(arm.stateBytes);
      expect(used.has(slot.offset + i)).toBe(false);
      used.add(slot.offset + i);
    }
  });
  test('prints its registers', () => {
    const state = cpu();
    arm.reset(state, 0x8001, 0x1000);
    expect(arm.dump(state)).toMatch(/^R00=00000000 .*\n.*\n.*\nR12=00000000 R13=00001000 R14=00000000 R15=00008000\nPSR=00000030 ---- T usr32$/);
  });
});
