/** How the web app is built: into `gateway/static`, which the gateway serves and the wheel carries. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  build: {
    rollupOptions: { input: ['index.html', 'viewer.html'] },
    outDir: '../static',
    emptyOutDir: true,
    // The policy allows no data: fonts or scripts, and an inlined module preload would be one.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    // `npm run dev` beside a running Cordée.
    proxy: { '/api': 'http://127.0.0.1:8080', '/files': 'http://127.0.0.1:8080' },
  },
})
