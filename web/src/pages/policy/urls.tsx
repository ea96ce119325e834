import { IconLink, IconPlus } from "../../parts/icons";
import { Link } from "@tanstack/react-router";
import { Empty, Failure, Said, Tag, Waiting } from "../../parts";
import { Viewing } from "../../parts/editor";
import { LinkButton } from "../../parts/links";
import { useUrlMappings } from "../../queries";
import { useHere } from "../../session";
import { PolicyPage } from "./frame";

export function UrlMappings() {
  const list = useUrlMappings();
  const { mayWrite } = useHere();
  return (
    <PolicyPage about="Which permission a request needs, by method and URL: for gateways and proxies that ask for each request." actions={mayWrite && <LinkButton to="/policy/new/urls" leftSection={<IconPlus size={16} />}>New mapping</LinkButton>}>
      <Viewing />
      {list.error ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : (
        <div className="frame">
          {list.isPending ? (
            <Waiting />
          ) : list.data.length === 0 ? (
            <Empty title="No URL is mapped yet" icon={<IconLink size={34} stroke={1.4} />}>Make a mapping for each service behind a gateway, such as <code>GET https://api.example.com/invoices/{"{id}"}</code> to view an invoice.</Empty>
          ) : (
            <div className="scroll" tabIndex={0} role="region" aria-label="URL mappings">
              <table className="grid fits less">
                <thead><tr><th style={{ width: "26%" }}>Mapping</th><th className="wide" style={{ width: 120 }}>Rules</th><th>First rule</th></tr></thead>
                <tbody>
                  {list.data.map((m) => {
                    const [first] = m.mapping_rules;
                    return (
                      <tr key={m.id}>
                        <td><Link to="/policy/urls/$mapping" params={{ mapping: m.key }}><strong><Said>{m.name || m.key}</Said></strong></Link></td>
                        <td className="num wide">{m.mapping_rules.length}</td>
                        <td>{first ? <><Tag>{first.http_method.toUpperCase()}</Tag> <Said mono flows>{first.url}</Said></> : <Said>{""}</Said>}</td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </div>
          )}
        </div>
      )}
    </PolicyPage>
  );
}
