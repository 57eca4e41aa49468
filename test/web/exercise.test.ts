/** Every page of an exercise says that nothing of it is real: on the screen, over its dialogs and on paper. Other pages do not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exerciseName } from '../../src/base/index.ts';
import { openCase } from '../../src/cases/index.ts';
import { requireExercise } from '../../src/desk/index.ts';
import { beginExercise } from '../../src/exchange/index.ts';
import { createOperation } from '../../src/operations/index.ts';
import { twoNodes } from '../two-nodes.ts';
import { NO_BROWSER, NOT_BUILT, openBrowser, visit, wordsOf } from './workspace.ts';

test('pages of an exercise are framed', { skip: NO_BROWSER || NOT_BUILT }, async (context) => {
  const { police } = await twoNodes(context);
  const { registry } = police;
  const attempt = await beginExercise(registry, requireExercise('phishing'), 'Blue', ['Amira']);
  const operation = await createOperation(registry, { name: 'lantern', title: exerciseName('Lantern') });
  const real = await openCase(registry, 'Harbour');
  const browser = await openBrowser(context);
  for (const locale of ['ar', 'es']) {
    const { page, browserContext } = await visit(browser, police, { locale, scheme: 'light' });
    const frame = page.locator('.exercise-frame');
    const isFramed = async (where: string) => {
      assert.equal(await frame.textContent(), wordsOf(locale)('exercise.mark'), where);
      for (const media of ['screen', 'print'] as const) {
        await page.emulateMedia({ media });
        assert.equal(await frame.isVisible(), true, `${where}, ${media}`);
      }
      await page.emulateMedia({ media: 'screen' });
    };
    for (const path of [`/cases/${attempt.case}`, `/operations/${operation.id}`]) {
      await page.goto(path);
      await page.locator('[role=tab]').first().waitFor();
      for (const tab of await page.locator('[role=tab]').all()) {
        await tab.click();
        await isFramed(`${path}, ${await tab.textContent()}`);
      }
    }
    await page.goto(`/cases/${attempt.case}`);
    await page.getByRole('button', { name: wordsOf(locale)('case.match') }).click();
    await page.getByRole('dialog').waitFor();
    const box = (await frame.locator('strong').boundingBox())!;
    const seen = await page.evaluate(
      ([x, y]) => {
        const strong = document.querySelector<HTMLElement>('.exercise-frame strong')!;
        strong.style.pointerEvents = 'auto';
        return document.elementFromPoint(x!, y!) === strong;
      },
      [box.x + box.width / 2, box.y + box.height / 2],
    );
    assert.equal(seen, true, 'it lies above a dialog');
    await page.goto(`/cases/${real.id}`);
    await page.locator('[role=tab]').first().waitFor();
    assert.equal(await frame.count(), 0, 'a real case is not framed');
    await browserContext.close();
  }
});
