import { app, session } from 'electron';

/** Everything of another origin. The app needs no network, and its files come by its own scheme. */
const elsewhere = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file://*/*'];

/** What the log's "Copy" needs: to write plain text to the clipboard, at the user's click. */
const copying = 'clipboard-sanitized-write';

/**
 * Takes from every page, this app's own included, what none needs: going elsewhere, opening windows, web views,
 * permissions, devices and the network. To be called once the app is ready, before its first window.
 */
export function denyWhatNoPageNeeds(): void {
  const deny = (event: { preventDefault: () => void }): void => {
    event.preventDefault();
  };
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', deny);
    contents.on('will-frame-navigate', deny);
    contents.on('will-redirect', deny);
    contents.on('will-attach-webview', deny);
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
  const pages = session.defaultSession;
  pages.setPermissionRequestHandler((_contents, permission, answer) => {
    answer(permission === copying);
  });
  pages.setPermissionCheckHandler((_contents, permission) => permission === copying);
  pages.setDevicePermissionHandler(() => false);
  pages.webRequest.onBeforeRequest({ urls: elsewhere }, (_request, answer) => {
    answer({ cancel: true });
  });
  // It would fetch dictionaries.
  pages.setSpellCheckerEnabled(false);
}
