// -g: gdb on a running guest. gdb-multiarch runs scripts; what has to be timed or is not gdb's to say is asked in the protocol itself.
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { encodePacket, PacketReader } from '../../src/debug/gdb/packets.ts';
import { build } from '../support/build.ts';
import { crossPrefix, launcher, root } from '../support/guest.ts';
import { testGuests, type TestGuest } from '../support/guests.ts';

let folder: string;
beforeAll(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tsemu-gdb-')); });
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Runs a program with gdb at it, which is given these commands. Answers what gdb printed, and how the program ended. */
function underGdb(guest: TestGuest, program: string, mode: string, commands: readonly string[]): { text: string; end: string } {
  const socket = path.join(fs.mkdtempSync(path.join(folder, 'run-')), 's');
  const prefix = crossPrefix(guest);
  const script = '"$1" -L "$2" -g "$3" "$4" "$5" & while ! [ -S "$3" ]; do sleep 0.02; done; shift 5; "$@"; wait $!; echo "end $?"';
  const words = ['set pagination off', `set sysroot ${prefix}`, 'set debuginfod enabled off', `target remote ${socket}`, ...commands].flatMap((command) => ['-ex', command]);
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script, 'sh', launcher(guest), prefix, socket, program, mode, 'gdb-multiarch', '-nx', '-batch', ...words, program], { encoding: 'utf8', timeout: 90_000 });
  const [text, end] = stdout.split(/^end (?=\d+\n$)/m);
  return { text: `${text}${stderr}`, end: (end ?? 'did not end').trim() };
}

/** A client that speaks the protocol. */
class Client {
  private readonly reader = new PacketReader();
  private readonly packets: string[] = [];
  private arrived: () => void = () => {};
  private readonly socket: net.Socket;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (data: Buffer) => {
      for (const one of this.reader.feed(data)) if (one.kind === 'packet') this.packets.push(one.body);
      this.arrived();
    });
  }

  static async connect(socketPath: string): Promise<Client> {
    while (!fs.existsSync(socketPath)) await new Promise((done) => setTimeout(done, 20));
    const socket = net.connect(socketPath);
    await new Promise((done, failed) => { socket.on('connect', done); socket.on('error', failed); });
    const client = new Client(socket);
    await client.ask('qSupported:multiprocess+;swbreak+;vContSupported+');
    expect(await client.ask('QStartNoAckMode')).toBe('OK');
    return client;
  }

  send(body: string): void { this.socket.write(encodePacket(body)); }
  interrupt(): void { this.socket.write(Uint8Array.of(3)); }
  async answer(): Promise<string> {
    while (this.packets.length === 0) await new Promise<void>((done) => { this.arrived = done; });
    return this.packets.shift()!;
  }
  ask(body: string): Promise<string> { this.send(body); return this.answer(); }
  close(): void { this.socket.destroy(); }
}

describe.each(testGuests.filter(({ ownProgramsOnly }) => ownProgramsOnly === undefined).map((guest) => [guest.name, guest] as const))('%s', (_name, guest) => {
  let program: string, fixed: string;
  beforeAll(() => {
    const file = path.join(root, 'tests/cli/debugged.c');
    program = build(guest, file, ['-g', '-O0', '-pthread']);
    fixed = build(guest, file, ['-g', '-O0', '-pthread', '-static']);
  });

  const start = (mode: string, how = ''): { socket: string; end: Promise<number | string> } => {
    const socket = path.join(fs.mkdtempSync(path.join(folder, 'run-')), 's');
    const child = spawn(launcher(guest), ['-g', `${socket}${how}`, fixed, mode], { stdio: 'ignore' });
    return { socket, end: new Promise((done) => { child.on('exit', (status, signal) => done(status ?? signal!)); }) };
  };

  test('breakpoints, steps, frames, variables, calls and watchpoints of a dynamically linked program', () => {
    const { text, end } = underGdb(guest, program, 'steps', [
      'break square', 'continue', 'bt', 'finish', 'next', 'step', 'bt 1', 'print *p', 'print p->y * 2', 'delete', 'print square(12)', 'set var counter = 100',
      'watch counter', 'continue', 'continue', 'delete', 'rwatch table[2]', 'continue', 'print $pc', 'info sharedlibrary', 'info auxv', 'info proc mappings', 'monitor program', 'continue',
    ]);
    expect(text).toMatch(/Breakpoint 1, square \(n=1\) at .*debugged\.c:\d+/);
    expect(text).toMatch(/#0 {2}square \(n=1\).*\n#1 .* in add \(p=0x\w+, n=1\).*\n#2 .* in main \(argc=2/);
    expect(text).toContain('Value returned is $1 = 1');
    expect(text).toContain('return p->x;');
    expect(text).toMatch(/\$2 = \{x = 2, y = 2\.5, name = 0x\w+ "origin"\}/);
    expect(text).toContain('$3 = 5\n');
    expect(text).toContain('$4 = 144\n');
    expect(text).toMatch(/Old value = 100\nNew value = 104\n[^]*Old value = 104\nNew value = 113\n/);
    expect(text).toMatch(/Hardware read watchpoint \d+: table\[2\]\n\nValue = 3\n/);
    expect(text).toMatch(/libc\.so\.6/);
    expect(text).toMatch(/AT_ENTRY +Entry point of program/);
    expect(text).toMatch(/^\s+0x\w+ +0x\w+ .* r-xp? +\/\S*debugged-\w+$/m);
    expect(text).toContain(`1 threads, ${guest.name}`);
    expect(text).toMatch(/exited with code 07\]/);
    expect(end).toBe('7');
  });

  test('threads by name, each with its frames; one steps alone', () => {
    const { text, end } = underGdb(guest, fixed, 'threads', [
      'break together', 'continue', 'info threads', 'thread apply all bt 3', 'set scheduler-locking on', 'thread 2', 'set $before = spins', 'stepi', 'stepi', 'print spins - $before <= 1',
      'thread 1', 'set $before = spins', 'next', 'print spins - $before', 'set scheduler-locking off', 'continue',
    ]);
    expect(text).toMatch(/\* 1 .*together \(\)/);
    expect(text).toMatch(/ 2 .*"worker-1"/);
    expect(text).toMatch(/ 3 .*"worker-2"/);
    expect(text).toMatch(/worker \(arg=0x1\)/);
    expect(text).toMatch(/\$1 = 1\n[^]*\$2 = 0\n/);
    expect(text).toMatch(/exited with code 04\]/);
    expect(end).toBe('4');
  });

  test('four threads meet a breakpoint 80 times, and access a page on which something else is watched', () => {
    const { text, end } = underGdb(guest, fixed, 'crowd', ['break hit', 'ignore 1 1000', 'watch watched[300]', 'continue', 'continue', 'info breakpoints']);
    expect(text).toMatch(/Old value = 0\nNew value = 80\n/);
    expect(text).toContain('breakpoint already hit 80 times');
    expect(end).toBe('80');
  });

  test('a signal stops before its handler runs, and a fault before it ends the program', () => {
    const caught = underGdb(guest, fixed, 'exec', ['catch exec', 'continue', 'delete', 'continue', 'print $_siginfo.si_signo', 'break handler', 'continue', 'bt', 'continue']);
    expect(caught.text).toContain('received signal SIGUSR1');
    expect(caught.text).toContain('$1 = 10\n');
    expect(caught.text).toMatch(/#0 {2}handler \(signal=10\).*\n#1 {2}<signal handler called>/);
    expect(caught.end).toBe('6');
    const fault = underGdb(guest, fixed, 'segv', ['continue', 'bt', 'print $_siginfo._sifields._sigfault.si_addr', 'info registers pc', 'continue']);
    expect(fault.text).toMatch(/received signal SIGSEGV[^]*#0 .* main \(argc=2[^]*\$1 = \(void \*\) 0x10\n[^]*terminated with signal SIGSEGV/);
    expect(fault.end).toBe('139');
  });

  test('a fork: gdb stays with the parent, or goes with the child', () => {
    const parent = underGdb(guest, fixed, 'fork', ['break child', 'break together', 'continue', 'bt 1', 'continue']);
    expect(parent.text).toMatch(/Breakpoint 2, together/);
    expect([parent.text.includes('Breakpoint 1, child'), parent.end]).toEqual([false, '13']);
    const child = underGdb(guest, fixed, 'fork', ['set follow-fork-mode child', 'break child', 'break together', 'continue', 'bt 1', 'continue']);
    expect(child.text).toMatch(/hit Breakpoint 1, child[^]*exited with code 03\]/);
    expect(child.end).toBe('13');
  });

  test('an endless loop answers an interrupt at once; a late gdb, one that leaves and one that kills', async () => {
    const { socket, end } = start('loop', ',suspend=n');
    const first = await Client.connect(socket);
    expect(await first.ask('?')).toMatch(/^T05.*thread:p/);
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      first.send('vCont;c');
      await new Promise((done) => setTimeout(done, 20));
      const from = performance.now();
      first.interrupt();
      expect(await first.answer()).toMatch(/^T02/);
      times.push(performance.now() - from);
    }
    expect(times.sort((a, b) => a - b)[5]).toBeLessThan(100);
    expect(await first.ask('D')).toBe('OK');
    first.close();
    const second = await Client.connect(socket);
    expect(await second.ask('m0,4')).toBe('E0e');
    for (const nonsense of ['Z0,x,y', 'm', 'P999=00', 'Hgp1.1', 'vCont;q', 'qXfer:auxv:read::0', 'Gzz', 'X10,4:', 'vFile:pread:1,4,0']) expect(await second.ask(nonsense)).toMatch(/^(E\w\w|F-1,9)$/);
    expect(await second.ask('vMustReplyEmpty')).toBe('');
    expect(await second.ask('vKill;1')).toBe('OK');
    second.close();
    expect(await end).toBe('SIGKILL');
  });

  test('packets at random are answered', async () => {
    const { socket, end } = start('loop');
    const client = await Client.connect(socket);
    const seeds = ['g', 'G00', 'm10000,40', 'M10000,2:0000', 'X10000,2:ab', 'p1', 'P1=00000000', 'Z0,10000,4', 'z0,10000,4', 'Z2,10000,4', 'Z4,ffffffff,8', 'Hg0', 'Hc-1', 'T1', 'qXfer:features:read:target.xml:0,100', 'qXfer:threads:read::0,fff',
      'vFile:open:2f6574632f686f737473,0,0', 'vFile:pread:3,10,0', 'vFile:fstat:3', 'vFile:readlink:2f70', 'qRcmd,68656c70', 'QPassSignals:e;10', 'QCatchSyscalls:1;1;2', 'qThreadExtraInfo,1', '?', 'vCont?'];
    let seed = guest.name.length;
    const random = (below: number): number => ((seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 8) % below;
    const alphabet = '0123456789abcdef,;:-.pPgmzZqQ=+';
    for (let n = 0; n < 400; n++) {
      let body = seeds[random(seeds.length)]!;
      for (let i = random(4); i > 0; i--) {
        const at = random(body.length + 1);
        body = `${body.slice(0, at)}${alphabet[random(alphabet.length)]}${body.slice(at + random(2))}`;
      }
      // What lets the guest go on has no answer yet.
      if (/^([kDcCsS]|vCont;|vKill)/.test(body)) continue;
      await client.ask(body);
    }
    expect(await client.ask('vKill;1')).toBe('OK');
    expect(await end).toBe('SIGKILL');
  });

  test('a system call that is interrupted goes on; system calls are caught by number', async () => {
    const asleep = start('sleep');
    const client = await Client.connect(asleep.socket);
    client.send('vCont;c');
    await new Promise((done) => setTimeout(done, 300));
    client.interrupt();
    expect(await client.answer()).toMatch(/^T02/);
    expect(await client.ask('vCont;c')).toMatch(/^W05/);
    expect(await asleep.end).toBe(5);
    const call = start('call');
    const catching = await Client.connect(call.socket);
    const number = guest.name === 'arm' ? 64 : 173;
    expect(await catching.ask(`QCatchSyscalls:1;${number.toString(16)}`)).toBe('OK');
    expect(await catching.ask('vCont;c')).toContain(`syscall_entry:${number.toString(16)};`);
    expect(await catching.ask('vCont;c')).toContain(`syscall_return:${number.toString(16)};`);
    expect(await catching.ask('vCont;c')).toMatch(/^W06/);
    expect(await call.end).toBe(6);
  });
});
