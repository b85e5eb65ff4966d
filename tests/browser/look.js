// Open each report in Chromium, offline, at phone and desktop width. Exit 1 when axe finds a violation, a
// request leaves the page, or the page scrolls sideways. Use: node look.js report.html ...
const fs = require('fs');
const path = require('path');
const { chromium } = require('playwright-core');

const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

(async () => {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  let bad = 0;
  for (const file of process.argv.slice(2)) {
    for (const width of [320, 900]) {
      const context = await browser.newContext({ offline: true, bypassCSP: true, viewport: { width, height: 900 } });
      const page = await context.newPage();
      const requests = [];
      page.on('request', (r) => { if (!/^(file|data|blob):/.test(r.url())) requests.push(r.url()); });
      await page.goto('file://' + path.resolve(file), { waitUntil: 'load' });
      await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      await page.evaluate(axe);
      const result = await page.evaluate((tags) => axe.run(document, { runOnly: tags }), rules);
      const faults = result.violations.length + requests.length + (sideways > 0 ? 1 : 0);
      console.log(`${file} at ${width}px: ${result.violations.length} axe violations, ` +
        `${requests.length} requests, ${Math.max(sideways, 0)} px too wide`);
      for (const v of result.violations) console.log(`  ${v.impact} ${v.id}: ${v.nodes[0].html.slice(0, 120)}`);
      bad += faults;
      await context.close();
    }
  }
  await browser.close();
  process.exit(bad ? 1 : 0);
})();
