{{/* Names are the release's: the work-pool template names ConfigMap and Secret by the same words. */}}
{{- define "countersign.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{ include "countersign.selector" . }}
{{- end }}

{{- define "countersign.selector" -}}
app.kubernetes.io/name: countersign
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "countersign.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "countersign.tritonUrl" -}}
{{- if .Values.triton.enabled }}{{ .Release.Name }}-triton:8001
{{- else }}{{ required "triton.url is needed without the chart's own Triton" .Values.triton.url }}
{{- end }}
{{- end }}

{{- define "countersign.prefectUrl" -}}
{{- if .Values.prefect.apiUrl }}{{ .Values.prefect.apiUrl }}
{{- else if .Values.prefect.server.enabled }}http://{{ .Release.Name }}-prefect:4200/api
{{- else }}{{ fail "prefect.apiUrl is needed without the chart's own server" }}
{{- end }}
{{- end }}

{{- define "countersign.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* How a container of the product's image starts; its command and environment follow. */}}
{{- define "countersign.container" -}}
image: {{ include "countersign.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
{{- end }}

{{- define "countersign.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
