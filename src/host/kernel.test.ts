import { addressOf, copyHost, exchangeHost16, hostCall, plainCall, readHost, resetScratch, scratch, setPendingCell, writeHost } from './kernel.ts';

const GETPID = 39, WRITE = 1, READ = 0, PIPE2 = 293, LSEEK = 8, CLOSE = 3;

describe('hostCall', () => {
  test('answers what the kernel answers', () => { expect(hostCall(GETPID)).toBe(process.pid); });
  test('answers -errno for a failure', () => { expect(hostCall(CLOSE, -1)).toBe(-9); });
  test('passes negative and large arguments as 64 bits', () => {
    expect(hostCall(LSEEK, 0xfff_ffff, 2 ** 52, 0)).toBe(-9);
    expect(hostCall(WRITE, 1, -1, 1)).toBe(-14);
  });
  test('moves data between scratch memory and the kernel', () => {
    const fds = scratch(8);
    expect(hostCall(PIPE2, fds.address, 0)).toBe(0);
    const [r, w] = [fds.view.getInt32(0, true), fds.view.getInt32(4, true)];
    const text = scratch(5);
    text.bytes.set(new TextEncoder().encode('hello'));
    expect(hostCall(WRITE, w, text.address, 5)).toBe(5);
    const back = scratch(16);
    expect(hostCall(READ, r, back.address, 16)).toBe(5);
    expect(new TextDecoder().decode(back.bytes.slice(0, 5))).toBe('hello');
    for (const fd of [r, w]) expect(hostCall(CLOSE, fd)).toBe(0);
  });
  test('refuses to enter the kernel while a signal is pending, plainCall does not', () => {
    const cell = new Int32Array(new SharedArrayBuffer(16));
    setPendingCell(addressOf(cell));
    cell[0] = 1;
    expect(hostCall(GETPID)).toBe(-512);
    expect(plainCall(GETPID)).toBe(process.pid);
    cell[0] = 0;
    expect(hostCall(GETPID)).toBe(process.pid);
  });
});

describe('scratch', () => {
  test('is aligned, zeroed and distinct', () => {
    resetScratch();
    const a = scratch(3), b = scratch(40);
    expect(a.address % 16).toBe(0);
    expect(b.address).toBe(a.address + 16);
    a.bytes.fill(7);
    resetScratch();
    expect([...scratch(3).bytes]).toEqual([0, 0, 0]);
  });
  test('grows for a large request and keeps what was handed out', () => {
    resetScratch();
    const small = scratch(8), large = scratch(3 << 20);
    large.bytes.fill(1);
    expect([...small.bytes]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(readHost(large.address + (3 << 20) - 1, 1)[0]).toBe(1);
  });
});

test('host memory is copied in and out', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(200_000));
  const at = addressOf(shared.buffer);
  const data = Uint8Array.from({ length: 150_000 }, (_, i) => i * 7);
  writeHost(at + 1, data);
  expect(shared[1 + 149_999]).toBe((149_999 * 7) & 255);
  expect(Buffer.compare(readHost(at + 1, 150_000), data)).toBe(0);
  copyHost(at, at + 100, 50);
  expect([...shared.slice(0, 50)]).toEqual([...data.slice(99, 149)]);
});

test('16 bytes are exchanged where they are as expected', () => {
  const cell = scratch(16);
  const [zero, a, b] = [0, 1, 2].map((start) => Uint8Array.from({ length: 16 }, (_, i) => start * (i + 7))) as [Uint8Array, Uint8Array, Uint8Array];
  expect(exchangeHost16(cell.address, zero, a)).toEqual(zero);
  expect(exchangeHost16(cell.address, zero, b)).toEqual(a);
  expect(Uint8Array.from(cell.bytes)).toEqual(a);
  expect(exchangeHost16(cell.address, a, b)).toEqual(a);
  expect(Uint8Array.from(cell.bytes)).toEqual(b);
});
