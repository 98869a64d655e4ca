import { encodePacket, fromHex, number, PacketReader, PACKET_SIZE, part } from './packets.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

test('reads packets, interrupts and requests to repeat, however they are cut', () => {
  const stream = bytes('+$g#67\x03-$qC#b4');
  const wanted = [{ kind: 'packet', body: 'g' }, { kind: 'interrupt' }, { kind: 'repeat' }, { kind: 'packet', body: 'qC' }];
  expect(new PacketReader().feed(stream)).toEqual(wanted);
  const reader = new PacketReader();
  expect([...stream].flatMap((byte) => reader.feed(Uint8Array.of(byte)))).toEqual(wanted);
});

test('every byte comes through a packet', () => {
  const body = Buffer.from(Array.from({ length: 512 }, (_, i) => i & 255)).toString('latin1');
  expect(new PacketReader().feed(encodePacket(body))).toEqual([{ kind: 'packet', body }]);
});

test('a wrong checksum, one that is no number and a packet that is too long are damaged; the next is read', () => {
  const reader = new PacketReader();
  expect(reader.feed(bytes('$g#68'))).toEqual([{ kind: 'damaged' }]);
  expect(reader.feed(bytes('$g#zz'))).toEqual([{ kind: 'damaged' }]);
  expect(reader.feed(encodePacket('x'.repeat(PACKET_SIZE + 1)))).toEqual([{ kind: 'damaged' }]);
  expect(reader.feed(bytes('$half$g#67'))).toEqual([{ kind: 'packet', body: 'g' }]);
});

test('random bytes neither throw nor stay', () => {
  let seed = 1;
  const random = (): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 16;
  const alphabet = bytes('$#}*+-\x03g0a');
  const reader = new PacketReader();
  for (let n = 0; n < 20_000; n++) {
    reader.feed(Uint8Array.from({ length: random() % 32 }, () => (random() & 1 ? alphabet[random() % alphabet.length]! : random() & 255)));
  }
  reader.feed(bytes('#00'));
  expect(reader.feed(bytes('$g#67')).at(-1)).toEqual({ kind: 'packet', body: 'g' });
});

test('numbers and bytes are hexadecimal or nothing', () => {
  expect([number('1f'), number(''), number(undefined), number('0x1'), number('12345678901234567')]).toEqual([31, NaN, NaN, NaN, NaN]);
  expect([fromHex('00ff'), fromHex('0'), fromHex('0g')]).toEqual([Buffer.from([0, 255]), null, null]);
});

test('a document is read in parts', () => {
  expect([part('abcdef', '0,4'), part('abcdef', '4,4'), part('abcdef', '9,4'), part('abcdef', 'x,4')]).toEqual(['mabcd', 'lef', 'l', 'E01']);
});
