// What a phone keeps of a coop: how pages look, one page that says there is no connection, and the
// listings that were seen. The server writes VERSION and SECRET above this.
//
// Requests that change something are never touched: sent again from here they would seem to come
// from a page of ours, whoever asked for them. Secret addresses are not touched either.
const SHELL = `shell ${VERSION}`
const MOST_SEEN = 40
const LISTING = /^\/(listings|mirrors)\/[0-9a-z]{26}$/
const LOOK = /^\/(static|weave)\//

self.addEventListener('install', event => event.waitUntil(fill()))
self.addEventListener('activate', event => event.waitUntil(tidy()))
self.addEventListener('fetch', event => {
  const { request } = event, url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin || SECRET.some(path => url.pathname.startsWith(path))) return
  if (LOOK.test(url.pathname)) event.respondWith(look(request))
  else if (request.mode === 'navigate') event.respondWith(page(request, url))
})

async function fill() {
  const cache = await caches.open(SHELL), offline = await fetch('/offline', { cache: 'no-store' })
  const text = await offline.clone().text()
  const parts = [...text.matchAll(/(?:href|src)="(\/(?:static|weave)\/[^"#]+)/g)].map(found => found[1])
  await cache.addAll([...new Set(parts)])
  await cache.put('/offline', offline)
  await self.skipWaiting()
}

async function tidy() {
  const old = (await caches.keys()).filter(name => name.startsWith('shell ') && name !== SHELL)
  await Promise.all(old.map(name => caches.delete(name)))
  await self.clients.claim()
}

// The addresses carry a digest of what is there: what is kept is right for ever.
async function look(request) {
  const kept = await caches.match(request)
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok) (await caches.open(SHELL)).put(request, answer.clone())
  return answer
}

async function page(request, url) {
  try {
    const answer = await fetch(request)
    const reader = answer.headers.get('Rochdale-Reader')
    if (reader) await forgetOthers(`seen ${reader}`)
    if (reader && answer.status === 200 && LISTING.test(url.pathname)) await keep(`seen ${reader}`, url, answer.clone())
    return answer
  } catch {
    return await seen(url) || await caches.match('/offline') || Response.error()
  }
}

// Nobody reads on this device what was shown to somebody else here.
async function forgetOthers(mine) {
  const others = (await caches.keys()).filter(name => name.startsWith('seen ') && name !== mine)
  await Promise.all(others.map(name => caches.delete(name)))
}

async function keep(name, url, answer) {
  const cache = await caches.open(name)
  await cache.delete(url.pathname)
  await cache.put(url.pathname, answer)
  const all = await cache.keys()
  await Promise.all(all.slice(0, -MOST_SEEN).map(each => cache.delete(each)))
}

async function seen(url) {
  const kept = LISTING.test(url.pathname) && await caches.match(url.pathname)
  if (!kept) return null
  const text = await kept.text(), when = new Date(kept.headers.get('Date')).toISOString()
  return new Response(text.replace('<body', `<body data-seen="${when}"`), { headers: kept.headers })
}
