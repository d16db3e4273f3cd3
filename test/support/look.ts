import AxeBuilder from '@axe-core/playwright';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const shots = resolve(import.meta.dirname, '..', '..', 'reports', 'screens');

/** What keeps people with disabilities from using the page, as far as axe can tell. */
export async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** The page in light and dark: photographed for people as reports/screens/NAME-THEME.png, and without barriers. */
export async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: resolve(shots, `${name}-${colorScheme}.png`), animations: 'disabled' });
    expect(await barriers(page), `${name}, ${colorScheme}`).toEqual([]);
  }
}
