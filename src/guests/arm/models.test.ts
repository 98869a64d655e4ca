import { models } from './models.ts';

const v7 = 'ARMv7 Processor';
const single = 'half thumb fastmult vfp edsp';
const a15 = `${single} neon vfpv3 tls vfpv4 idiva idivt vfpd32 lpae evtstrm`;

/** As Linux writes /proc/cpuinfo on boards with these (built without ThumbEE). */
test.each([
  ['max', 'armv7l', 'v8l', 'ARMv8 Processor rev 0 (v8l)', `${a15} fphp asimdhp asimddp asimdfhm asimdbf16 i8mm aes pmull sha1 sha2 crc32 sb`, '8', '0x1', '0xd07', '0'],
  ['cortex-a15', 'armv7l', 'v7l', `${v7} rev 1 (v7l)`, a15, '7', '0x2', '0xc0f', '1'],
  ['cortex-a7', 'armv7l', 'v7l', `${v7} rev 5 (v7l)`, a15, '7', '0x0', '0xc07', '5'],
  ['cortex-a9', 'armv7l', 'v7l', `${v7} rev 0 (v7l)`, `${single} neon vfpv3 tls vfpd32`, '7', '0x0', '0xc09', '0'],
  ['cortex-a8', 'armv7l', 'v7l', `${v7} rev 0 (v7l)`, `${single} neon vfpv3 tls vfpd32`, '7', '0x1', '0xc08', '0'],
  ['cortex-a5', 'armv7l', 'v7l', `${v7} rev 1 (v7l)`, `${single} vfpv3 vfpv3d16 tls vfpv4`, '7', '0x0', '0xc05', '1'],
  ['arm1176', 'armv6l', 'v6l', 'ARMv6-compatible processor rev 7 (v6l)', `${single} java tls`, '7', '0x0', '0xb76', '7'],
  ['arm926', 'armv5tejl', 'v5l', 'ARM926EJ-S rev 5 (v5l)', `swp ${single} java`, '5TEJ', '0x0', '0x926', '5'],
])('%s', (name, machine, platform, modelName, features, architecture, variant, part, revision) => {
  const model = models.find((one) => one.name === name)!;
  const processor = (n: number): string => `processor\t: ${n}\nmodel name\t: ${modelName}\nBogoMIPS\t: 100.00\nFeatures\t: ${features} \nCPU implementer\t: 0x41\n`
    + `CPU architecture: ${architecture}\nCPU variant\t: ${variant}\nCPU part\t: ${part}\nCPU revision\t: ${revision}\n\n`;
  expect([model.machine, model.platform]).toEqual([machine, platform]);
  expect(model.cpuinfo([0, 2])).toBe(`${processor(0)}${processor(2)}Hardware\t: Generic\nRevision\t: 0000\nSerial\t\t: 0000000000000000\n`);
});

test('there is a test of each', () => {
  expect(models.map(({ name }) => name)).toEqual(['max', 'cortex-a15', 'cortex-a7', 'cortex-a9', 'cortex-a8', 'cortex-a5', 'arm1176', 'arm926']);
});
