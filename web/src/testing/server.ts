import { setupServer } from 'msw/node'

/** The server that tests talk to; a test adds what it needs: `server.use(http.get('*\/api/v1/me', ...))`. */
export const server = setupServer()
