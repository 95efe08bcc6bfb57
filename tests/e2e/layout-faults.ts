/** Scripts for a page in a browser; each tells what is wrong with how the page is laid out now. */

/** Whether one would have to scroll sideways. */
export const tooWide = 'document.documentElement.scrollWidth > innerWidth'

/** What can be pressed and is smaller than this, besides links within a text. */
export const smaller = (least: number) => `(() => {
  const pressed = document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [role=option], [role=menuitem]')
  return [...pressed].flatMap((element) => {
    const label = element.closest('label')
    const { width, height } = (label ?? element).getBoundingClientRect()
    const isDrawn = element.checkVisibility({ visibilityProperty: true }) && width > 1 && height > 1
    if (!isDrawn || getComputedStyle(element).display === 'inline' || (width >= ${least} - 0.5 && height >= ${least} - 0.5)) return []
    return [Math.round(width) + '×' + Math.round(height) + ' ' + element.outerHTML.slice(0, 160)]
  })
})()`

/** Words that are cut off at the end of their box without the dots that say so. */
export const cutOff = `[...document.querySelectorAll('button, a, label, h1, h2, h3, p, legend, summary, dt, dd')].flatMap((element) => {
  const { overflowX, textOverflow } = getComputedStyle(element)
  const isCut = overflowX !== 'visible' && textOverflow !== 'ellipsis' && element.scrollWidth > element.clientWidth + 1
  return isCut && element.checkVisibility() && element.clientWidth > 1 ? [element.outerHTML.slice(0, 160)] : []
})`

/** Fields that nothing frames, themselves or close around them. */
export const frameless = `[...document.querySelectorAll('input:not([type=file], [type=checkbox], [type=radio]), select, textarea')].flatMap((element) => {
  const around = [element, element.parentElement, element.parentElement.parentElement, element.parentElement.parentElement.parentElement]
  const isFramed = around.some((box) => parseFloat(getComputedStyle(box).borderTopWidth) > 0)
  return isFramed || !element.checkVisibility() ? [] : [element.outerHTML.slice(0, 120)]
})`
