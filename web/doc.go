// Package web is the dashboard: a project of its own in TypeScript, of which Go sees
// what it is built to. With the tag noweb it is left out. Open src/main.tsx.
package web
