// Results as a Markdown table, or as lines while they come in.
import type { Result } from './results.ts';

const seconds = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(value < 10 ? 2 : 1));

/** How many times faster tsemu is than qemu-user. */
export function ratio(result: Result, what: 'cpu' | 'wall'): number | undefined {
  return result.tsemu && result.qemu ? result.qemu[what] / result.tsemu[what] : undefined;
}

/** The geometric mean, which the order of division does not change. */
export function mean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

const times = (value: number | undefined): string => (value === undefined ? '-' : `${value.toFixed(2)}×`);
const width = 30;

function line(result: Result): string {
  const { tsemu, qemu, native } = result;
  const cells = [seconds(tsemu?.cpu), seconds(qemu?.cpu), seconds(native?.cpu), times(ratio(result, 'cpu')), seconds(tsemu?.wall), seconds(qemu?.wall), seconds(native?.wall), times(ratio(result, 'wall'))];
  return `| ${result.name.padEnd(width)} | ${cells.map((cell) => cell.padStart(7)).join(' | ')} |${result.error === undefined ? '' : ` ${result.error}`}`;
}

/** The table, by groups with the geometric mean of each when `whole`. */
export function table(results: readonly Result[], whole: boolean): string {
  if (!whole) return results.map(line).join('\n');
  const head = `| ${'seconds'.padEnd(width)} | tsemu cpu | qemu cpu | native cpu | ratio | tsemu wall | qemu wall | native wall | ratio |\n|${'-'.repeat(width + 2)}|${'---:|'.repeat(8)}`;
  const groups = [...new Set(results.map((result) => result.group))];
  const bodies = groups.map((group) => {
    const members = results.filter((result) => result.group === group);
    const ratios = (what: 'cpu' | 'wall') => members.filter((member) => member.error === undefined).map((member) => ratio(member, what)).filter((value) => value !== undefined);
    const summary = ratios('cpu').length === 0 ? '' : `\n| **${group}, mean** | | | | **${times(mean(ratios('cpu')))}** | | | | **${times(mean(ratios('wall')))}** |`;
    return members.map(line).join('\n') + summary;
  });
  return [head, ...bodies].join('\n');
}
