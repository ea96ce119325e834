// Written by npm run types. Do not edit.

export interface paths {
    "/v2/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Projects, oldest first. */
        get: {
            parameters: {
                query?: {
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Project"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/projects/{proj}/envs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes an environment. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        key: string;
                        name: string;
                    };
                };
            };
            responses: {
                /** @description The environment. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            key: string;
                            name: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/facts/{proj}/{env}/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Users of the environment. */
        get: {
            parameters: {
                query?: {
                    /** @description part of key, e-mail, first or last name, or of first and last name with a space between */
                    search?: string;
                    role?: string;
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["User"][];
                            total_count: number;
                            page_count: number;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Makes a user, with roles in tenants. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UserCreate"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/facts/{proj}/{env}/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes a user with everything it holds. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    user: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Changes what is given of a user; attributes are replaced as a whole. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    user: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UserUpdate"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/v2/facts/{proj}/{env}/tenants/{tenant}/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Users of a tenant. */
        get: {
            parameters: {
                query?: {
                    search?: string;
                    role?: string;
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    tenant: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["User"][];
                            total_count: number;
                            page_count: number;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/facts/{proj}/{env}/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tenants; the form with a total is asked for by include_total_count. */
        get: {
            parameters: {
                query: {
                    search?: string;
                    include_total_count: true;
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Tenant"][];
                            total_count: number;
                            page_count: number;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Makes a tenant. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        key: string;
                        name: string;
                        description?: string;
                    };
                };
            };
            responses: {
                /** @description The tenant. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Tenant"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/facts/{proj}/{env}/tenants/{tenant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes a tenant with its instances and what is held in it. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    tenant: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Changes what is given of a tenant; attributes are replaced as a whole. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    tenant: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TenantUpdate"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Tenant"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/v2/facts/{proj}/{env}/resource_instances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Instances of resources; the form with a total is asked for by include_total_count. */
        get: {
            parameters: {
                query: {
                    search?: string;
                    tenant?: string;
                    resource?: string;
                    include_total_count: true;
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Instance"][];
                            total_count: number;
                            page_count: number;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Makes an instance of a resource. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["InstanceCreate"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Instance"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/schema/{proj}/{env}/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Roles held in tenants. */
        get: {
            parameters: {
                query?: {
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Role"][];
                    };
                };
            };
        };
        put?: never;
        /** Makes a role. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RoleCreate"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Role"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/schema/{proj}/{env}/roles/{role}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes a role with its assignments and rules. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    role: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Changes what is given of a role. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    role: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RoleUpdate"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Role"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/v2/schema/{proj}/{env}/bulk/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Replaces what roles may, all in one commit. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RolesEdit"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RolesEdited"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/schema/{proj}/{env}/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Types of resources with their actions, attributes, relations and roles. */
        get: {
            parameters: {
                query?: {
                    include_built_in?: boolean;
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Resource"][];
                    };
                };
            };
        };
        put?: never;
        /** Makes a resource, with all that is in it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ResourceCreate"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Resource"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/schema/{proj}/{env}/resources/{resource}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes a resource with its instances and what names it. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    resource: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Changes what is given of a resource; maps replace all of their kind. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    resource: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ResourceUpdate"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Resource"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/v2/schema/{proj}/{env}/condition_sets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** User sets and resource sets, oldest first. */
        get: {
            parameters: {
                query?: {
                    type?: "userset" | "resourceset";
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConditionSet"][];
                    };
                };
            };
        };
        put?: never;
        /** Makes a condition set. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ConditionSetCreate"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConditionSet"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/schema/{proj}/{env}/condition_sets/{set}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes a condition set with its rules and the sets below it. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    set: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Changes what is given of a condition set. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    set: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ConditionSetUpdate"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConditionSet"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/v2/facts/{proj}/{env}/set_rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Rules between sets. */
        get: {
            parameters: {
                query?: {
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Rule"][];
                    };
                };
            };
        };
        put?: never;
        /** Makes a rule. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RuleEdit"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Rule"][];
                    };
                };
            };
        };
        /** Deletes a rule. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RuleEdit"];
                };
            };
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/facts/{proj}/{env}/proxy_configs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** URL mappings. */
        get: {
            parameters: {
                query?: {
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UrlMapping"][];
                    };
                };
            };
        };
        put?: never;
        /** Makes a URL mapping. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UrlMappingCreate"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UrlMapping"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/facts/{proj}/{env}/proxy_configs/{config}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes a URL mapping. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    config: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Changes what is given; rules are laid over those of the same method and URL. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    config: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UrlMappingUpdate"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UrlMapping"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/v2/facts/{proj}/{env}/resource_instances/{instance}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One instance, by type:key. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    instance: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Instance"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Deletes an instance, its relationships and what is held on it. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    instance: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Replaces the attributes of an instance. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    instance: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["InstanceUpdate"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Instance"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/v2/facts/{proj}/{env}/relationship_tuples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tuples; the form with a total is asked for by include_total_count. */
        get: {
            parameters: {
                query: {
                    subject?: string;
                    object?: string;
                    include_total_count: true;
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Tuple"][];
                            total_count: number;
                            page_count: number;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Makes a tuple; an instance that is not there is made in the tenant. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TupleCreate"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Tuple"];
                    };
                };
            };
        };
        /** Deletes a tuple. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TupleEdit"];
                };
            };
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/facts/{proj}/{env}/role_assignments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Roles that users hold; the form with a total is asked for by include_total_count. */
        get: {
            parameters: {
                query: {
                    tenant?: string;
                    resource_instance?: string;
                    role?: string;
                    include_total_count: true;
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Assignment"][];
                            total_count: number;
                            page_count: number;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Gives a user a role, in a tenant or on a resource instance. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: components["requestBodies"]["Assignment"];
            responses: {
                /** @description What the user holds. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Assignment"];
                    };
                };
            };
        };
        /** Takes a role away, whoever gave it. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: components["requestBodies"]["Assignment"];
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/pdps/{proj}/{env}/audit_logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Decisions, latest first. */
        get: {
            parameters: {
                query?: {
                    users?: string;
                    resources?: string;
                    tenant?: string;
                    action?: string;
                    decision?: boolean;
                    timestamp_from?: number;
                    timestamp_to?: number;
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Decision"][];
                            total_count: number;
                            page_count: number;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/allowed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** May this user do this? With X-Gatehouse-Explain the answer says why. */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "X-Gatehouse-Explain"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Question"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Answer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/user-permissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What may this user do? */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PermissionsQuestion"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Permissions"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/authorized_users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Who may do this? */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UsersQuestion"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuthorizedUsers"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Members of the organization, with what is granted to them. */
        get: {
            parameters: {
                query?: {
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Member"][];
                    };
                };
            };
        };
        put?: never;
        /** Makes a member, or grants more to one. A grant takes the place of one about the same object. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        email: string;
                        permissions: components["schemas"]["Grants"];
                    };
                };
            };
            responses: {
                /** @description The member. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Member"];
                    };
                };
            };
        };
        /** Takes grants of a member away. One about the same object is taken, whatever its access. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description id or e-mail address */
                        id: string;
                        permissions: components["schemas"]["Grants"];
                    };
                };
            };
            responses: {
                /** @description Taken. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/members/{member}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes a member, who is signed out. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    member: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/api-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** API keys that the caller reaches. */
        get: {
            parameters: {
                query?: {
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Key"][];
                            total_count: number;
                            page_count: number;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Makes an API key. Its secret is in this answer and in no other. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        organization_id: string;
                        project_id?: string;
                        environment_id?: string;
                        /** @enum {string} */
                        object_type: "env" | "project" | "org";
                        /** @enum {string} */
                        access_level: "admin" | "write" | "read";
                        name: string;
                    };
                };
            };
            responses: {
                /** @description The key. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Key"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/api-key/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes an API key. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    key: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It opens nothing any more. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Project: {
            id: string;
            key: string;
            name: string;
        };
        Member: {
            id: string;
            email: string;
            /** Format: date-time */
            created_at: string;
            grants: {
                organization_id: string;
                project_id: string | null;
                environment_id: string | null;
                /** @enum {string} */
                object_type: "org" | "project" | "env";
                /** @enum {string} */
                access_level: "admin" | "write" | "read" | "no_access";
                project_key: string | null;
                project_name: string | null;
                environment_key: string | null;
                environment_name: string | null;
            }[];
        };
        Grants: {
            organization_id: string;
            project_id?: string;
            environment_id?: string;
            /** @enum {string} */
            object_type: "org" | "project" | "env";
            /** @enum {string} */
            access_level: "admin" | "write" | "read";
        }[];
        Key: {
            id: string;
            organization_id: string;
            project_id: string | null;
            environment_id: string | null;
            /** @enum {string} */
            object_type: "org" | "project" | "env";
            /** @enum {string} */
            access_level: "admin" | "write" | "read" | "no_access";
            name: string | null;
            /** @description when the key is made; of an environment's own key always, if it can be shown */
            secret: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_used_at: string | null;
            env: {
                name: string;
            } | null;
        };
        User: {
            key: string;
            id: string;
            email: string | null;
            first_name: string | null;
            last_name: string | null;
            attributes: {
                [key: string]: unknown;
            } | null;
            /** Format: date-time */
            created_at: string;
            roles: {
                role: string;
                tenant: string;
            }[];
        };
        UserUpdate: {
            email?: string | null;
            first_name?: string | null;
            last_name?: string | null;
            attributes?: {
                [key: string]: unknown;
            };
        };
        UserCreate: components["schemas"]["UserUpdate"] & {
            key: string;
            role_assignments?: {
                role: string;
                tenant: string;
            }[];
        };
        Tenant: {
            key: string;
            id: string;
            name: string;
            description: string | null;
            attributes: {
                [key: string]: unknown;
            } | null;
            /** Format: date-time */
            created_at: string;
        };
        TenantUpdate: {
            name?: string;
            description?: string | null;
            attributes?: {
                [key: string]: unknown;
            };
        };
        Instance: {
            key: string;
            id: string;
            tenant: string;
            resource: string;
            attributes: {
                [key: string]: unknown;
            } | null;
            /** Format: date-time */
            created_at: string;
        };
        InstanceUpdate: {
            attributes: {
                [key: string]: unknown;
            };
        };
        InstanceCreate: {
            key: string;
            resource: string;
            tenant: string;
            attributes?: {
                [key: string]: unknown;
            };
        };
        Role: {
            key: string;
            id: string;
            name: string;
            description: string | null;
            /** @description resource:action */
            permissions: string[];
            extends: string[];
        };
        RolesEdit: {
            operations: {
                key: string;
                name: string;
                description?: string;
                permissions: string[];
                extends?: string[];
            }[];
        };
        RolesEdited: Record<string, never>;
        Resource: {
            key: string;
            id: string;
            name: string;
            description: string | null;
            actions: {
                [key: string]: components["schemas"]["Action"];
            };
            attributes: {
                [key: string]: components["schemas"]["Attribute"];
            };
            /** @description by key, with the resource of the subjects */
            relations: {
                [key: string]: {
                    resource: string;
                };
            };
            roles: {
                [key: string]: components["schemas"]["ResourceRole"];
            };
        };
        Action: {
            key: string;
            name: string;
            description: string | null;
            attributes: {
                [key: string]: unknown;
            } | null;
        };
        /** @enum {string} */
        AttributeType: "bool" | "number" | "string" | "time" | "array" | "json" | "object" | "object_array";
        Attribute: {
            key: string;
            type: components["schemas"]["AttributeType"];
            description: string;
        };
        Derivation: {
            role: string;
            on_resource: string;
            linked_by_relation: string;
            when?: components["schemas"]["DerivationSettings"];
        };
        DerivationSettings: {
            /** @description who holds a role on the object itself gets none through a relation */
            no_direct_roles_on_object: boolean;
        };
        ResourceRole: {
            key: string;
            name: string;
            description: string | null;
            /** @description keys of actions */
            permissions: string[];
            extends: string[];
            attributes: {
                [key: string]: unknown;
            } | null;
            granted_to: {
                users_with_role: components["schemas"]["Derivation"][];
                when: components["schemas"]["DerivationSettings"];
            };
        };
        ResourceUpdate: {
            name?: string;
            description?: string | null;
            actions?: {
                [key: string]: {
                    name?: string;
                    description?: string | null;
                    attributes?: {
                        [key: string]: unknown;
                    } | null;
                };
            };
            attributes?: {
                [key: string]: {
                    type: components["schemas"]["AttributeType"];
                    description?: string;
                };
            };
            /** @description by key the resource of the subjects */
            relations?: {
                [key: string]: string;
            };
            roles?: {
                [key: string]: {
                    name: string;
                    description?: string | null;
                    permissions?: string[];
                    extends?: string[];
                    attributes?: {
                        [key: string]: unknown;
                    } | null;
                    granted_to?: {
                        users_with_role: components["schemas"]["Derivation"][];
                        when: components["schemas"]["DerivationSettings"];
                    };
                };
            };
        };
        ResourceCreate: components["schemas"]["ResourceUpdate"] & {
            key: string;
        };
        RoleUpdate: {
            name?: string;
            description?: string | null;
            /** @description resource:action */
            permissions?: string[];
            extends?: string[];
        };
        RoleCreate: components["schemas"]["RoleUpdate"] & {
            key: string;
        };
        ConditionSet: {
            key: string;
            id: string;
            /** @enum {string} */
            type: "userset" | "resourceset";
            name: string;
            description: string | null;
            conditions: {
                [key: string]: unknown;
            };
            resource: {
                key: string;
            } | null;
            parent_id: string | null;
        };
        ConditionSetUpdate: {
            name?: string;
            description?: string | null;
            conditions?: {
                [key: string]: unknown;
            };
            parent_id?: string | null;
        };
        ConditionSetCreate: components["schemas"]["ConditionSetUpdate"] & {
            key: string;
            /** @enum {string} */
            type?: "userset" | "resourceset";
            resource_id?: string;
        };
        RuleEdit: {
            user_set: string;
            permission: string;
            resource_set: string;
            /** @description the user set is a role */
            is_role?: boolean;
            /** @description the resource set is a resource */
            is_resource?: boolean;
        };
        Rule: {
            id: string;
            /** @description of a role __autogen_ and its key */
            user_set: string;
            /** @description resource:action */
            permission: string;
            /** @description of a resource __autogen_ and its key */
            resource_set: string;
        };
        UrlRule: {
            url: string;
            /** @enum {string|null} */
            url_type?: "regex" | null;
            /** @enum {string} */
            http_method: "get" | "post" | "put" | "patch" | "delete" | "head" | "options";
            resource: string;
            action?: string | null;
            priority?: number | null;
            headers?: {
                [key: string]: string;
            };
        };
        UrlMapping: {
            key: string;
            id: string;
            name: string;
            /** @enum {string} */
            auth_mechanism: "Bearer" | "Basic" | "Headers";
            mapping_rules: components["schemas"]["UrlRule"][];
        };
        UrlMappingCreate: {
            key: string;
            name: string;
            /** @enum {string} */
            auth_mechanism?: "Bearer" | "Basic" | "Headers";
            secret: string | {
                [key: string]: string;
            };
            mapping_rules?: components["schemas"]["UrlRule"][];
        };
        UrlMappingUpdate: {
            name?: string;
            /** @enum {string} */
            auth_mechanism?: "Bearer" | "Basic" | "Headers";
            secret?: string | {
                [key: string]: string;
            };
            mapping_rules?: (components["schemas"]["UrlRule"] & {
                should_delete?: boolean;
            })[];
        };
        TupleEdit: {
            /** @description type:key */
            subject: string;
            relation: string;
            /** @description type:key */
            object: string;
        };
        TupleCreate: components["schemas"]["TupleEdit"] & {
            tenant?: string;
        };
        Tuple: {
            id: string;
            subject: string;
            relation: string;
            object: string;
            tenant: string;
        };
        Assignment: {
            id: string;
            user: string;
            role: string;
            tenant: string;
            resource_instance: string | null;
        };
        Decision: {
            id: string;
            timestamp: string;
            /** @description check, or the kind of list */
            query: string;
            user_key: string | null;
            resource_type: string | null;
            tenant: string | null;
            action: string | null;
            decision: boolean | null;
            reason: string | null;
            input: {
                resource?: {
                    type?: string;
                    key?: string;
                };
            };
        };
        Named: {
            key: string;
            attributes?: {
                [key: string]: unknown;
            };
        };
        Thing: {
            type: string;
            /** @description of an instance */
            key?: string;
            tenant?: string;
            attributes?: {
                [key: string]: unknown;
            };
        };
        Question: {
            user: components["schemas"]["Named"];
            action: string;
            resource: components["schemas"]["Thing"];
            context?: {
                [key: string]: unknown;
            };
        };
        UsersQuestion: {
            action: string;
            resource: components["schemas"]["Thing"];
            context?: {
                [key: string]: unknown;
            };
        };
        PermissionsQuestion: {
            user: components["schemas"]["Named"];
            context?: {
                [key: string]: unknown;
            };
        };
        Verdict: {
            allow: boolean;
            code: string;
            reason: string;
            settings?: string[];
            matching_usersets?: string[];
            matching_resourcesets?: string[];
        };
        Answer: {
            allow: boolean;
            debug?: {
                rbac?: components["schemas"]["Verdict"] & {
                    allowing_roles?: string[];
                };
                abac?: components["schemas"]["Verdict"] & {
                    allowing_rules?: {
                        userset?: string;
                        role?: string;
                        resourceset?: string;
                        resource_type?: string;
                    }[];
                };
                rebac?: components["schemas"]["Verdict"] & {
                    allowing_roles?: {
                        resource: string;
                        role: string;
                        reason: string;
                        sources: {
                            /** @enum {string} */
                            type: "role_assignment" | "role_derivation";
                            role: string;
                            resource: string;
                            relation?: string;
                        }[];
                    }[];
                };
            };
        };
        /** @description by __tenant: and a tenant, or by an instance */
        Permissions: {
            [key: string]: {
                tenant: components["schemas"]["Named"];
                resource?: {
                    key: string;
                    type: string;
                };
                permissions: string[];
                roles: string[];
            };
        };
        AuthorizedUsers: {
            resource: string;
            tenant: string;
            users: {
                [key: string]: {
                    user: string;
                    tenant: string;
                    resource: string;
                    role: string;
                }[];
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: {
        Assignment: {
            content: {
                "application/json": {
                    user: string;
                    role: string;
                    tenant?: string;
                    /** @description type:key; of a role of a resource */
                    resource_instance?: string;
                };
            };
        };
    };
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
