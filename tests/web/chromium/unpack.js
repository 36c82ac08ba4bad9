// Writes the Chromium of the package to the path in the first argument.
import { createReadStream, createWriteStream, renameSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'

const target = process.argv[2]
const packed = new URL('./node_modules/@sparticuz/chromium/bin/chromium.br', import.meta.url)
const started = `${target}.${process.pid}`
await pipeline(createReadStream(packed), createBrotliDecompress(), createWriteStream(started, { mode: 0o755 }))
renameSync(started, target)
