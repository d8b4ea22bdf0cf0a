// Every page works without this. With it, listings that were seen can be read without a connection,
// what somebody was writing is still there when they come back, and two taps send it once.
(() => {
  const said = document.currentScript.dataset, { reader, seen, answer } = document.body.dataset
  const language = document.documentElement.lang
  const OLDEST_MS = 30 * 24 * 3600 * 1000
  const TAPPING_MS = 5000
  const mine = `draft ${reader} `

  if ('serviceWorker' in navigator) navigator.serviceWorker.register('/worker.js')
  if ('caches' in window) speak()
  if (seen) tell(said.seen.replace('{when}', new Date(seen).toLocaleString(language)))
  const kept = document.getElementById('kept')
  if (kept) list(kept)
  forget()
  document.querySelectorAll('form[data-keep]').forEach(remember)
  document.addEventListener('submit', sendOnce)

  // The page that says there is no connection says it in the language that was read last.
  async function speak() {
    if (localStorage.getItem('language') === language) return
    const shell = (await caches.keys()).find(name => name.startsWith('shell '))
    if (!shell) return
    await (await caches.open(shell)).add('/offline')
    localStorage.setItem('language', language)
  }

  async function list(place) {
    for (const name of (await caches.keys()).filter(each => each.startsWith('seen '))) {
      const cache = await caches.open(name)
      for (const request of (await cache.keys()).reverse()) {
        const page = new DOMParser().parseFromString(await (await cache.match(request)).text(), 'text/html')
        const link = document.createElement('a'), item = document.createElement('li')
        link.href = new URL(request.url).pathname
        link.textContent = page.querySelector('h1').textContent
        link.dir = 'auto'
        item.append(link)
        place.append(item)
      }
    }
    place.closest('section').hidden = !place.children.length
  }

  // A change that went through is told on the next page, once: then its draft has done its work.
  // Who was led away to sign in has sent nothing, and is told of coming in alone.
  function forget() {
    const here = new URL(location)
    if (here.pathname === '/sign-in' && answer === undefined) sessionStorage.removeItem('sent')
    const sent = sessionStorage.getItem('sent')
    if (here.searchParams.has('told')) {
      here.searchParams.delete('told')
      history.replaceState(history.state, '', here)
      if (sent) localStorage.removeItem(sent)
      sessionStorage.removeItem('sent')
    }
    for (const key of Object.keys(localStorage).filter(each => each.startsWith('draft '))) {
      const { at } = JSON.parse(localStorage.getItem(key))
      const anothers = reader !== 'nobody' && !key.startsWith(mine)
      if (anothers || Date.now() - at > OLDEST_MS) localStorage.removeItem(key)
    }
  }

  // data-keep: names one of several forms that go to the same address.
  function remember(form) {
    const to = new URL(form.action), key = mine + to.pathname + to.search + form.dataset.keep
    const draft = localStorage.getItem(key)
    // In the answer to what was sent stands what the coop made of it: nothing is put over that.
    if (draft && answer === undefined) putBack(form, JSON.parse(draft).said, key)
    form.addEventListener('input', () => {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), said: written(form) }))
    })
    form.addEventListener('submit', event => {
      sessionStorage.setItem('sent', key)
      if (navigator.onLine) return
      event.preventDefault()
      tell(said.unsent)
    })
  }

  // Two taps on a button send one form: the answer is on its way.
  function sendOnce(event) {
    const form = event.target
    if (event.defaultPrevented || form.getAttribute('method') !== 'post') return
    if ('sent' in form.dataset) return event.preventDefault()
    form.dataset.sent = ''
    setTimeout(() => { delete form.dataset.sent }, TAPPING_MS)
  }

  // Inside data-unkept stands what is told of somebody else: it never stays in a browser.
  function written(form) {
    const unkept = [...form.querySelectorAll('[data-unkept] [name]')].map(field => field.name)
    const own = ([name, value]) => typeof value === 'string' && !['csrf', 'key', 'once', ...unkept].includes(name)
    return [...new FormData(form)].filter(own)
  }

  function putBack(form, draft, key) {
    if (JSON.stringify(draft) === JSON.stringify(written(form))) return
    for (const field of form.elements) {
      const values = draft.filter(([name]) => name === field.name).map(([, value]) => value)
      if (field.type === 'checkbox') field.checked = values.includes(field.value)
      else if (!values.length || ['file', 'submit', 'password'].includes(field.type)) continue
      else if (field.type === 'radio') field.checked = values.includes(field.value)
      // With old words goes what they were written over: the coop then sees who else wrote since.
      else if (field.type !== 'hidden' || ['version', 'was'].includes(field.name)) field.value = values[0]
    }
    const away = document.createElement('button')
    away.className = 'btn link'
    away.type = 'button'
    away.textContent = said.away
    away.addEventListener('click', () => { localStorage.removeItem(key); location.reload() })
    tell(said.found, away)
  }

  function tell(words, ...more) {
    const note = document.createElement('p'), text = document.createElement('span')
    note.className = 'note'
    note.setAttribute('role', 'status')
    text.append(words, ' ', ...more)
    note.append(text)
    document.getElementById('main').prepend(note)
    note.scrollIntoView({ block: 'nearest' })
  }
})()
