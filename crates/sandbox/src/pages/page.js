// What the page was told, what it remembers in this browser, and how it asks the sandbox.

/** `/page.json`, once it is read. */
export const page = { app_url: '', support_number: null, numbers: [], api_key: '', api_secret: null };

export const remembered = {
  get(key, otherwise) {
    try { return JSON.parse(localStorage.getItem(`sandbox.${key}`)) ?? otherwise; } catch { return otherwise; }
  },
  set(key, value) {
    try { localStorage.setItem(`sandbox.${key}`, JSON.stringify(value)); } catch { /* private window */ }
  },
};

export async function ask(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  let answer = null;
  try { answer = text ? JSON.parse(text) : null; } catch { /* not JSON: the status says it */ }
  if (!response.ok) {
    const why = answer?.error ?? answer?.detail ?? answer?.title ?? `HTTP ${response.status}`;
    throw Object.assign(new Error(typeof why === 'string' ? why : JSON.stringify(why)), { status: response.status });
  }
  return answer;
}
