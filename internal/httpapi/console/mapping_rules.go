package console

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// mappingRuleWire is a rule of a mapping.
type mappingRuleWire struct {
	Name             string            `json:"name" api:"required"`
	Condition        string            `json:"condition" api:"required"`
	Roles            []authz.RoleKey   `json:"roles" api:"required"`
	EachOrganization bool              `json:"each_organization"`
	Tenants          []authz.TenantKey `json:"tenants"`
	TenantsFrom      string            `json:"tenants_from"`
}

type mappedAttributeWire struct {
	Key        string `json:"key" api:"required"`
	Path       string `json:"path"`
	Expression string `json:"expression"`
}

func mappingRulesOf(rules []authz.MappingRule) []mappingRuleWire {
	out := []mappingRuleWire{}
	for _, r := range rules {
		r.Roles, r.Tenants = append([]authz.RoleKey{}, r.Roles...), append([]authz.TenantKey{}, r.Tenants...)
		out = append(out, mappingRuleWire(r))
	}
	return out
}

func rulesIn(list []mappingRuleWire) (rules []authz.MappingRule) {
	for _, r := range list {
		slices.Sort(r.Roles)
		slices.Sort(r.Tenants)
		r.Roles, r.Tenants = noneOrMore(slices.Compact(r.Roles)), noneOrMore(slices.Compact(r.Tenants))
		rules = append(rules, authz.MappingRule(r))
	}
	return rules
}

// noneOrMore is list, nil if it is empty: the way it is kept.
func noneOrMore[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

func attributesOf(list []authz.MappedAttribute) []mappedAttributeWire {
	out := []mappedAttributeWire{}
	for _, a := range list {
		out = append(out, mappedAttributeWire(a))
	}
	return out
}

func attributesIn(list []mappedAttributeWire) (attributes []authz.MappedAttribute) {
	for _, a := range list {
		attributes = append(attributes, authz.MappedAttribute(a))
	}
	return attributes
}

// mappingChanges says in lines how one mapping differs from another.
func mappingChanges(from, to mappingWire) []string {
	changes := []string{}
	was, is := fieldsOf(from), fieldsOf(to)
	for _, field := range slices.Sorted(maps.Keys(is)) {
		list, listed := is[field].([]any)
		if !listed {
			if !reflect.DeepEqual(was[field], is[field]) {
				changes = append(changes, fmt.Sprintf("~ %s: %s, was %s", field, inWords(is[field]), inWords(was[field])))
			}
			continue
		}
		before, after := named(was[field]), named(list)
		for _, name := range slices.Sorted(maps.Keys(after)) {
			if old, there := before[name]; !there {
				changes = append(changes, fmt.Sprintf("+ %s: %s", field, name))
			} else if !reflect.DeepEqual(old, after[name]) {
				changes = append(changes, fmt.Sprintf("~ %s: %s", field, name))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(before)) {
			if _, there := after[name]; !there {
				changes = append(changes, fmt.Sprintf("- %s: %s", field, name))
			}
		}
	}
	return changes
}

// inWords is a value as a line shows it: what has fields as JSON.
func inWords(v any) string {
	if _, fields := v.(map[string]any); fields {
		text, _ := json.Marshal(v) // it came from JSON
		return string(text)
	}
	return fmt.Sprint(v)
}

func fieldsOf(w mappingWire) map[string]any {
	var fields map[string]any
	text, err := json.Marshal(w)
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		panic(fmt.Sprintf("console: a mapping is no JSON: %v", err)) // a bug: it is plain values
	}
	return fields
}

// named are the entries of a list of a mapping, by what names them in it.
func named(v any) map[string]any {
	list, _ := v.([]any)
	out := map[string]any{}
	for _, entry := range list {
		name := entry
		if m, is := entry.(map[string]any); is {
			for _, field := range []string{"organization", "key", "name"} {
				if text, has := m[field]; has {
					name = text
					break
				}
			}
		}
		out[fmt.Sprint(name)] = entry
	}
	return out
}
