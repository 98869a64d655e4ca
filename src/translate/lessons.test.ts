import { Lessons, READ, UNITS } from './lessons.ts';

const memory = (): Uint8Array => new Uint8Array(new ArrayBuffer(1024));

test('gives back what was told, once', () => {
  const log = new Lessons(memory());
  log.tell(UNITS, 'key', Uint8Array.of(1, 2, 3));
  log.tell(READ, 'another');
  expect(log.unseen()).toEqual([{ kind: UNITS, key: 'key', entry: Uint8Array.of(1, 2, 3) }, { kind: READ, key: 'another', entry: new Uint8Array(0) }]);
  expect(log.unseen()).toEqual([]);
  log.tell(READ, 'third');
  expect(log.unseen().map((lesson) => lesson.key)).toEqual(['third']);
});

test('leaves out what has no room', () => {
  const log = new Lessons(memory());
  log.tell(UNITS, 'large', new Uint8Array(1000));
  log.tell(UNITS, 'small', new Uint8Array(100));
  expect(log.unseen().map((lesson) => lesson.key)).toEqual(['small']);
});

test('neither waits for a writer that was killed nor disturbs one', () => {
  const bytes = memory();
  const log = new Lessons(bytes);
  new Int32Array(bytes.buffer)[0] = 1;
  log.tell(READ, 'key');
  expect(log.unseen()).toEqual([]);
});
