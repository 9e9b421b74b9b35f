using System.Reflection;

[assembly: AssemblyTitle("VMS.TPS.Common.Model.API (mock)")]
