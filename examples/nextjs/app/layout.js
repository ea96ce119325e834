export const dynamic = 'force-dynamic'; // each page depends on who has signed in

export const metadata = { title: 'Reports Inc.', icons: { icon: 'data:,' } };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body style={{ font: '16px/1.5 system-ui, sans-serif', maxWidth: '40rem', margin: '2rem auto', padding: '0 1rem' }}>
        <nav aria-label="Pages">
          <a href="/">Start</a> · <a href="/reports">Reports</a> · <a href="/admin">Administration</a>
        </nav>
        <main>{children}</main>
      </body>
    </html>
  );
}
