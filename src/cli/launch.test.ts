import { launchFacts, withoutLaunch } from './launch.ts';

const stat = '123 (a ) b) R 1 2 3 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 55 66 77 18446744073709551615 1 1 0 0 0 0 16384 5 0 0 0 0 17 0 0 0 0 0 0';

describe('launchFacts', () => {
  test('reads descriptors and signals', () => {
    const facts = launchFacts(['A=b', `TSEMU_LAUNCH= 3 9:${stat}`]);
    expect([...facts.inherited]).toEqual([0, 1, 2, 3, 9]);
    expect([facts.blocked, facts.ignored]).toEqual([16384, 5]);
  });
  test('takes nothing but the standard three as handed down without a launcher', () => {
    expect([...launchFacts([]).inherited]).toEqual([0, 1, 2]);
  });
});

test('the guest does not see the variable', () => { expect(withoutLaunch(['A=b', 'TSEMU_LAUNCH=x'])).toEqual(['A=b']); });
