/** What a hostile contact may write (`safety.md` 11, X14 to X16). Each would set `window.hacked` if it ran. */
export const attacks = [
  '<img src=x onerror="window.hacked=1">',
  '<script>window.hacked=1</script>',
  '"><svg onload="window.hacked=1">',
  '{{constructor.constructor("window.hacked=1")()}}',
  '[x](javascript:window.hacked=1) javascript:window.hacked=1',
  'data:text/html,<script>window.hacked=1</script>',
  'https://google.com@evil.example/ https://аpple.com/',
  `\u202Eatad\u0000\u200B ${'ا'.repeat(500)}`,
  `${'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘'.repeat(30)}`,
  'W'.repeat(3_000),
  '\n'.repeat(300) + 'кінець',
  '*_~`'.repeat(2_000),
]
