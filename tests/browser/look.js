// Open each report in Chromium, offline, at phone and desktop width, and print it. Exit 1 when axe finds a
// violation, a request leaves the page, the page scrolls sideways, keys do not get past the top, a link leads
// nowhere, a summary is not one sheet of paper, or a report with its summary is more than four.
// Use: node look.js report.html ...
const fs = require('fs');
const path = require('path');
const { chromium } = require('playwright-core');

const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const MOST_SHEETS = 4;

// Sheets of paper that are left when what a selector finds is not printed.
async function sheets(page, hidden) {
  const style = await page.addStyleTag({ content: `${hidden} { display: none !important }` });
  const pdf = await page.pdf({ preferCSSPageSize: true });
  await style.evaluate((element) => element.remove());
  return (pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) || []).length;
}

async function look(browser, file, width) {
  const context = await browser.newContext({ offline: true, bypassCSP: true, viewport: { width, height: 900 } });
  const page = await context.newPage();
  const faults = [];
  page.on('request', (r) => { if (!/^(file|data|blob):/.test(r.url())) faults.push(`asks for ${r.url()}`); });
  await page.goto('file://' + path.resolve(file), { waitUntil: 'load' });
  if (await page.locator('.skip').count()) {
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const past = await page.evaluate(() => !document.activeElement.matches('body, .skip'));
    if (!past) faults.push('the keys do not get past the top');
  }
  await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (sideways > 0) faults.push(`${sideways} px too wide`);
  const lost = await page.evaluate(() => [...document.querySelectorAll('a[href^="#"]')]
    .map((a) => a.getAttribute('href').slice(1)).filter((id) => !document.getElementById(id)));
  if (lost.length) faults.push(`links to nothing: ${lost}`);
  await page.evaluate(axe);
  const result = await page.evaluate((tags) => axe.run(document, { runOnly: tags }), rules);
  for (const v of result.violations) faults.push(`${v.impact} ${v.id}: ${v.nodes[0].html.slice(0, 120)}`);
  let printed = '';
  if (width > 600) {
    const rest = '.summary ~ *, details';
    const all = await sheets(page, '.none');
    printed = `, ${all} sheets`;
    if (await page.locator('.summary').count()) {
      const summary = await sheets(page, rest);
      const report = await sheets(page, 'details');
      printed += ` (summary ${summary}, with the report ${report})`;
      if (summary !== 1) faults.push(`the summary is ${summary} sheets`);
      if (report > MOST_SHEETS) faults.push(`the report is ${report} sheets`);
    }
  }
  await context.close();
  console.log(`${file} at ${width}px: ${faults.length} faults${printed}`);
  for (const fault of faults) console.log(`  ${fault}`);
  return faults.length;
}

(async () => {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  let bad = 0;
  for (const file of process.argv.slice(2)) {
    for (const width of [320, 900]) bad += await look(browser, file, width);
  }
  await browser.close();
  process.exit(bad ? 1 : 0);
})();
