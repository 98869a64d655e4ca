// bash at a terminal: line editing, job control, Ctrl-C and Ctrl-Z; and a full-screen program.
import { writeFileSync } from 'node:fs';
import { inTemporaryFolder, launcher } from '../support/guest.ts';
import { debianGuests, sysroot } from '../support/debian.ts';
import { Terminal } from '../support/terminal.ts';

const CTRL_C = '\x03', CTRL_D = '\x04', CTRL_Z = '\x1a', TAB = '\t', UP = '\x1b[A';
const PROMPT = /READY> /;

/** Runs `steps` against an interactive bash of each guest. */
function atTerminal(name: string, steps: (terminal: Terminal, folder: string) => Promise<void>): void {
  for (const guest of debianGuests) test(`${guest.name}: ${name}`, () => inTemporaryFolder(async (cwd) => {
    const root = sysroot(guest);
    writeFileSync(`${cwd}/inputrc`, 'set enable-bracketed-paste off\n');
    const env = { PATH: '/usr/bin:/bin', HOME: cwd, TERM: 'xterm', PS1: 'READY> ', LC_ALL: 'C.UTF-8', INPUTRC: `${cwd}/inputrc`, HISTFILE: '' };
    const terminal = new Terminal([launcher(guest), '-L', root, `${root}/usr/bin/bash`, '--norc', '--noprofile', '-i'], { cwd, env });
    try {
      await terminal.expect(PROMPT);
      await steps(terminal, cwd);
    } finally {
      terminal.kill();
    }
  }), 120_000);
}

atTerminal('runs commands and ends at Ctrl-D', async (t) => {
  t.type('echo $((6 * 7)); tty | cut -c1-9\r');
  await t.expect(/42\r\n\/dev\/pts\//);
  await t.expect(PROMPT);
  t.type('stty size\r');
  await t.expect(/24 80/);
  await t.expect(PROMPT);
  t.type(CTRL_D);
  await t.close();
});

atTerminal('edits lines, completes names, remembers commands', async (t) => {
  t.type('touch a-long-file-name\r');
  await t.expect(PROMPT);
  t.type(`echo xyz\x7f\x7f\x7fabc\r`);
  await t.expect(/\nabc/);
  await t.expect(PROMPT);
  t.type(`echo found: a-lo${TAB}\r`);
  await t.expect(/\nfound: a-long-file-name/);
  await t.expect(PROMPT);
  t.type(`${UP}\r`);
  await t.expect(/\nfound: a-long-file-name/);
});

atTerminal('Ctrl-C ends the command and not the shell', async (t) => {
  t.type('sleep 100\r');
  await t.expect(/sleep 100\r\n/);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  t.type(CTRL_C);
  await t.expect(PROMPT);
  t.type('echo status $?\r');
  await t.expect(/status 130/);
  await t.expect(PROMPT);
  t.type('while :; do :; done\r');
  await t.expect(/done\r\n/);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  t.type(CTRL_C);
  await t.expect(PROMPT);
  // Shown by readline once it reads: an interrupt before that would wait for the next key, as it would on the host.
  t.type('half a line');
  await t.expect(/half a line/);
  t.type(CTRL_C);
  await t.expect(PROMPT);
});

atTerminal('Ctrl-Z stops, bg and fg continue', async (t) => {
  t.type('sleep 3; echo slept $?\r');
  await t.expect(/\$\?\r\n/);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  t.type(CTRL_Z);
  await t.expect(/Stopped +sleep 3/);
  await t.expect(PROMPT);
  t.type('jobs\r');
  await t.expect(/\[1\]\+ +Stopped/);
  await t.expect(PROMPT);
  t.type('bg\r');
  await t.expect(/\[1\]\+ sleep 3 &/);
  t.type('fg; echo back $?\r');
  await t.expect(/\r\nback 0/);
  await t.expect(PROMPT);
  t.type('cat &\r');
  await t.expect(/\[1\] \d+/);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  t.type('\r');
  await t.expect(/Stopped +cat/); // it wanted to read the terminal from the background
  t.type('kill %1; wait; jobs; echo none left\r');
  await t.expect(/\nnone left/);
});

atTerminal('pipelines are one job', async (t) => {
  t.type('yes | cat > /dev/null\r');
  await t.expect(/null\r\n/);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  t.type(CTRL_Z);
  await t.expect(/Stopped/);
  await t.expect(PROMPT);
  t.type('kill %1\r');
  await t.expect(/kill %1\r\n/);
  t.type('sleep 1; jobs; echo none left\r');
  await t.expect(/Terminated +yes[^]*\nnone left/);
});

atTerminal('a program that takes the whole screen', async (t) => {
  t.type('seq 100 > numbers; busybox less numbers\r');
  await t.expect(/23/);
  t.type('G');
  await t.expect(/100/);
  t.type('q');
  await t.expect(PROMPT);
  t.type('busybox vi new\r');
  await t.expect(/~[^]*new/);
  t.type('ihello there');
  await t.expect(/hello there/);
  t.type('\x1b');
  await new Promise((resolve) => setTimeout(resolve, 1000)); // or it is the start of a key's sequence
  t.type(':wq\r');
  await t.expect(PROMPT);
  t.type('cat new\r');
  await t.expect(/hello there/);
});
