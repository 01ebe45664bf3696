//! Boxes of cloud providers, and Kubernetes.

use super::context::{Context, Draft, snippet};
use super::systems::linux_sysctl;
use super::{Group, Kind, Target, Write};
use crate::advice::block::{Language, Source};
use crate::time::Span;

pub(super) const CLOUDS: &[Target] = &[
    Target {
        id: "aws-nlb",
        title: "AWS Network Load Balancer, TCP listener",
        group: Group::Clouds,
        presets: &["aws-nlb-tcp", "aws-gwlb"],
        kind: Kind::Timeout,
        sources: &[
            Source::seen(
                "AWS CLI reference, elbv2 modify-listener-attributes: tcp.idle_timeout.seconds, 60-6000",
            ),
            Source::seen(
                "AWS ELB user guide, Update the TCP idle timeout for your Network Load Balancer listener",
            ),
            Source::seen(
                "Amazon EC2 user guide and API reference, ConnectionTrackingConfiguration, 60-432000",
            ),
        ],
        write: Write::Code(aws_nlb),
    },
    Target {
        id: "aws-alb",
        title: "AWS Application Load Balancer",
        group: Group::Clouds,
        presets: &["aws-alb"],
        kind: Kind::Timeout,
        sources: &[
            Source::seen(
                "AWS ELB user guide, Application Load Balancers: idle_timeout.timeout_seconds, 1-4000",
            ),
            Source::restated(
                "public scripts: aws elbv2 modify-load-balancer-attributes, idle_timeout.timeout_seconds",
            ),
        ],
        write: Write::Code(aws_alb),
    },
    Target {
        id: "azure-lb",
        title: "Azure Load Balancer and NAT Gateway",
        group: Group::Clouds,
        presets: &["azure-lb", "azure-lb-tcp-reset", "azure-aks-outbound", "azure-nat-gateway"],
        kind: Kind::Timeout,
        sources: &[
            Source::seen(
                "MicrosoftDocs/azure-docs load-balancer-tcp-idle-timeout.md (2024-02-12): 4 to 100 minutes",
            ),
            Source::seen("MicrosoftDocs/azure-docs nat-gateway-resource.md: 4 to 120 minutes"),
            Source::seen(
                "MicrosoftDocs/azure-docs load-balancer-tcp-idle-timeout.md: az network lb rule update --idle-timeout, \
                 --enable-tcp-reset",
            ),
            Source::seen("Azure/azure-cli, help of network nat gateway update: --idle-timeout"),
            Source::unseen("Azure CLI reference, aks update --load-balancer-idle-timeout"),
        ],
        write: Write::Code(azure),
    },
    Target {
        id: "gcp",
        title: "Google Cloud NAT and VPC firewall",
        group: Group::Clouds,
        presets: &["gcp-cloud-nat", "gcp-vpc-firewall"],
        kind: Kind::Timeout,
        sources: &[
            Source::restated(
                "gcloud reference, compute routers nats update --tcp-established-idle-timeout, in public runbooks",
            ),
            Source::seen("Google Cloud, Compute Engine general troubleshooting: 10 minutes, fixed"),
        ],
        write: Write::Code(gcp),
    },
    Target {
        id: "kubernetes",
        title: "Kubernetes: pods, kube-proxy, load balancer annotations",
        group: Group::Clouds,
        presets: &["kube-proxy-conntrack", "linux-ipvs"],
        kind: Kind::Timeout,
        sources: &[
            Source::seen(
                "kubernetes/website, Using sysctls in a Kubernetes Cluster: safe since 1.29, not with host networking",
            ),
            Source::seen("kubernetes/kube-proxy config/v1alpha1/types.go"),
            Source::restated(
                "AWS Load Balancer Controller: listener attributes, in public manifests and its tests",
            ),
            Source::restated(
                "Microsoft Learn, AKS load balancer annotations: minutes, 4 to 30 in older pages",
            ),
            Source::seen(
                "kubernetes/ingress-nginx docs, annotations.md, custom timeouts: seconds without a unit, quoted",
            ),
        ],
        write: Write::Code(kubernetes),
    },
];

const SECOND: Span = Span::from_secs(1);
const MINUTE: Span = Span::from_secs(60);

/// EC2 tracks connections for this long on instances of Nitro v6, in seconds.
const ENI_LEAST: u64 = 350;

fn aws_nlb(context: &Context) -> Draft {
    let limit = context.limit_in(SECOND, 60, 6000);
    let listener = format!(
        concat!(
            "aws elbv2 modify-listener-attributes \\\n",
            "    --listener-arn \"$LISTENER_ARN\" \\\n",
            "    --attributes Key=tcp.idle_timeout.seconds,Value={}\n",
        ),
        limit.value
    );
    let mut settings = vec![snippet("a shell with AWS credentials", Language::Shell, listener)];
    let mut mind: Vec<String> = limit.mind.into_iter().collect();
    if limit.value > ENI_LEAST {
        let interface = format!(
            concat!(
                "aws ec2 modify-network-interface-attribute \\\n",
                "    --network-interface-id \"$TARGET_ENI\" \\\n",
                "    --connection-tracking-specification TcpEstablishedTimeout={}\n",
            ),
            limit.value
        );
        settings.push(snippet("each target's network interface, too", Language::Shell, interface));
        mind.push(
            "Security groups track connections at the target as well, for 350s on instances of Nitro v6: left as \
             it is, that ends them first, and in silence."
                .to_owned(),
        );
    }
    mind.push("A TLS listener stays at 350s: probes must come before that, and must be empty.".to_owned());
    Draft {
        changes: context.giving_up("a packet"),
        settings,
        apply: "The command acts without a restart; count on it for new connections only.",
        check: "aws elbv2 describe-listener-attributes --listener-arn \"$LISTENER_ARN\"",
        mind,
    }
}

fn aws_alb(context: &Context) -> Draft {
    let limit = context.limit_in(SECOND, 1, 4000);
    let mut mind = vec![
        format!(
            "TCP keepalive does not restart this timer: payload must come at least every {}.",
            Span::from_secs(limit.value).divided_by(2)
        ),
        "The targets' own HTTP keep-alive must be longer than this, or requests meet closed connections (502)."
            .to_owned(),
    ];
    mind.extend(limit.mind);
    Draft {
        changes: context.giving_up("payload"),
        settings: vec![snippet(
            "a shell with AWS credentials",
            Language::Shell,
            format!(
                concat!(
                    "aws elbv2 modify-load-balancer-attributes \\\n",
                    "    --load-balancer-arn \"$LOAD_BALANCER_ARN\" \\\n",
                    "    --attributes Key=idle_timeout.timeout_seconds,Value={}\n",
                ),
                limit.value
            ),
        )],
        apply: "The command acts without a restart; count on it for new connections only.",
        check: "aws elbv2 describe-load-balancer-attributes --load-balancer-arn \"$LOAD_BALANCER_ARN\"",
        mind,
    }
}

fn azure(context: &Context) -> Draft {
    let rule = context.limit_in(MINUTE, 4, 100);
    let gateway = context.limit_in(MINUTE, 4, 120);
    let mut mind = vec![
        "The unit is minutes, rounded up here. Without TCP reset the rule drops connections in silence; with it \
         both ends are told."
            .to_owned(),
    ];
    mind.extend(rule.mind.map(|mind| format!("Load balancer: {mind}")));
    mind.extend(gateway.mind.map(|mind| format!("NAT Gateway: {mind}")));
    let settings = vec![
        (
            &["azure-lb", "azure-lb-tcp-reset"][..],
            snippet(
                "load balancer rule (also: inbound-nat-rule, outbound-rule)",
                Language::Shell,
                format!(
                    concat!(
                        "az network lb rule update --resource-group \"$GROUP\" --lb-name \"$LB\" --name \"$RULE\" \\\n",
                        "    --idle-timeout {} --enable-tcp-reset true\n",
                    ),
                    rule.value
                ),
            ),
        ),
        (
            &["azure-nat-gateway"],
            snippet(
                "NAT Gateway",
                Language::Shell,
                format!(
                    concat!(
                        "az network nat gateway update --resource-group \"$GROUP\" --name \"$GATEWAY\" \\\n",
                        "    --idle-timeout {}\n",
                    ),
                    gateway.value
                ),
            ),
        ),
        (
            &["azure-aks-outbound"],
            snippet(
                "outbound of AKS through its load balancer",
                Language::Shell,
                format!(
                    concat!(
                        "az aks update --resource-group \"$GROUP\" --name \"$CLUSTER\" \\\n",
                        "    --load-balancer-idle-timeout {}\n",
                    ),
                    gateway.value
                ),
            ),
        ),
    ];
    // Of a box that the path names only its own command.
    let asked = |presets: &[&str]| {
        context.hop.and_then(|hop| hop.preset).is_none_or(|preset| presets.contains(&preset))
    };
    Draft {
        changes: context.giving_up("a packet"),
        settings: settings
            .into_iter()
            .filter(|(presets, _)| asked(presets))
            .map(|(_, snippet)| snippet)
            .collect(),
        apply: "The command acts without a restart; count on it for new connections only.",
        check: "The same command with show for update, --query idleTimeoutInMinutes.",
        mind,
    }
}

/// Google's VPC firewall forgets connections after this long, whatever is set.
const VPC_FIREWALL: Span = Span::from_secs(600);

fn gcp(context: &Context) -> Draft {
    if context.hop.is_some_and(|hop| hop.preset == Some("gcp-vpc-firewall")) {
        return Draft {
            changes: format!(
                "Nothing: the VPC firewall forgets a connection after {VPC_FIREWALL} without a packet, and cannot be \
                 set. An end must probe before that."
            ),
            settings: Vec::new(),
            apply: "",
            check: "",
            mind: Vec::new(),
        };
    }
    let limit = context.limit();
    let time = context.plan.keepalive.time;
    let mut mind = vec![format!(
        "The VPC firewall forgets a connection after {VPC_FIREWALL} without a packet, and cannot be set: an end must \
         probe before that ({}).",
        if time < VPC_FIREWALL {
            format!("this plan's {time} does")
        } else {
            format!("this plan's {time} does not: add --hop gcp-vpc-firewall to the path")
        }
    )];
    if time >= VPC_FIREWALL.divided_by(2) && time < VPC_FIREWALL {
        mind.push("One lost probe is then one too many: 5m leave room for a second.".to_owned());
    }
    Draft {
        changes: format!("Cloud NAT: {}", context.giving_up("a packet")),
        settings: vec![snippet(
            "a shell with gcloud",
            Language::Shell,
            format!(
                concat!(
                    "gcloud compute routers nats update \"$NAT\" \\\n",
                    "    --router=\"$ROUTER\" --region=\"$REGION\" \\\n",
                    "    --tcp-established-idle-timeout={}s\n",
                ),
                limit.as_secs()
            ),
        )],
        apply: "The command acts without a restart; count on it for new connections only.",
        check: "gcloud compute routers nats describe \"$NAT\" --router=\"$ROUTER\" --region=\"$REGION\"",
        mind,
    }
}

fn kubernetes(context: &Context) -> Draft {
    let limit = context.limit().as_secs();
    let sysctls: String = linux_sysctl(context)
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, value)| format!("    - name: {name}\n      value: \"{value}\"\n"))
        .collect();
    let nlb = context.limit_in(SECOND, 60, 6000).value;
    let alb = context.limit_in(SECOND, 1, 4000).value;
    let azure = context.limit_in(MINUTE, 4, 100).value;
    // kube-proxy's default of a day is not lowered for a path that only needs less.
    let conntrack = limit.max(86_400);
    Draft {
        changes: format!(
            "{} Pods probe after {} of silence.",
            context.giving_up("a packet"),
            context.plan.keepalive.time
        ),
        settings: vec![
            snippet(
                "Pod",
                Language::Yaml,
                format!("spec:\n  securityContext:\n    sysctls:\n{sysctls}"),
            ),
            snippet(
                "KubeProxyConfiguration",
                Language::Yaml,
                format!("conntrack:\n  tcpEstablishedTimeout: {conntrack}s\nipvs:\n  tcpTimeout: {limit}s\n"),
            ),
            snippet(
                "Service on AWS (Network Load Balancer, listener of port 443)",
                Language::Yaml,
                format!(
                    concat!(
                        "metadata:\n",
                        "  annotations:\n",
                        "    service.beta.kubernetes.io/aws-load-balancer-listener-attributes.TCP-443: ",
                        "tcp.idle_timeout.seconds={}\n",
                    ),
                    nlb
                ),
            ),
            snippet(
                "Ingress on AWS (Application Load Balancer)",
                Language::Yaml,
                format!(
                    concat!(
                        "metadata:\n",
                        "  annotations:\n",
                        "    alb.ingress.kubernetes.io/load-balancer-attributes: idle_timeout.timeout_seconds={}\n",
                    ),
                    alb
                ),
            ),
            snippet(
                "Service on Azure (minutes)",
                Language::Yaml,
                format!(
                    concat!(
                        "metadata:\n",
                        "  annotations:\n",
                        "    service.beta.kubernetes.io/azure-load-balancer-tcp-idle-timeout: \"{}\"\n",
                    ),
                    azure
                ),
            ),
            snippet(
                "Ingress of ingress-nginx (seconds)",
                Language::Yaml,
                format!(
                    concat!(
                        "metadata:\n",
                        "  annotations:\n",
                        "    nginx.ingress.kubernetes.io/proxy-read-timeout: \"{limit}\"\n",
                        "    nginx.ingress.kubernetes.io/proxy-send-timeout: \"{limit}\"\n",
                    ),
                    limit = limit
                ),
            ),
        ],
        apply: "A pod takes its sysctls when it is made again; kube-proxy is restarted; the controllers act on changed \
                annotations.",
        check: "kubectl exec POD -- cat /proc/sys/net/ipv4/tcp_keepalive_time; on a node: ipvsadm -L --timeout",
        mind: vec![
            "The keepalive sysctls are safe, and so allowed without more, since Kubernetes 1.29, but not with hostNetwork; they \
             concern only sockets that ask for keepalive and have no times of their own."
                .to_owned(),
            "IPVS gives up after 15m unless ipvs.tcpTimeout is set; the ALB and ingress-nginx count payload only, \
             so that keepalive does not help there."
                .to_owned(),
        ],
    }
}
