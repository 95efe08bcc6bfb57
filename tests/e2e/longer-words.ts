/**
 * A script for a page: whatever is written on it becomes a third longer and gets marks on its letters (the pseudo-language en-XA of `ux.md` 3.10), so
 * that a box made to measure for one language is found. Done in the page itself, so that the product carries no language that nobody speaks.
 */
export const lengthenWords = `(() => {
  const marked = { a: 'à', e: 'é', i: 'î', o: 'ö', u: 'û', A: 'À', E: 'É', I: 'Î', O: 'Ö', U: 'Û' }
  const written = new WeakMap()
  const isOurs = (node) => node.parentElement !== null && node.parentElement.closest('script, style, [dir=auto], bdi') === null
  const lengthen = (node) => {
    const text = node.nodeValue
    if (text === written.get(node) || !/[a-z]/i.test(text) || !isOurs(node)) return
    const longer = text.replace(/[aeiou]/gi, (letter) => marked[letter]) + ' ' + 'öné twö '.repeat(10).slice(0, Math.ceil(text.length / 3)).trim()
    written.set(node, longer)
    node.nodeValue = longer
  }
  const lengthenAll = (root) => {
    if (root.nodeType === Node.TEXT_NODE) return lengthen(root)
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) lengthen(texts.currentNode)
  }
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) [target, ...addedNodes].forEach(lengthenAll)
  }).observe(document, { childList: true, characterData: true, subtree: true })
})()`
