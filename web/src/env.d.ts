/// <reference types="vite/client" />

/** Whether this is the build of `make run`, which shows the components and the wallet beside a QR code. */
declare const __SANDBOX__: boolean
/** Whether the path of a page stands behind `#` in its address. */
declare const __PATHS_BEHIND_HASH__: boolean
