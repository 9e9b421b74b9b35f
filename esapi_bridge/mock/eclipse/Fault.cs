using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;

namespace EsapiBridge.MockEclipse
{
    /// <summary>
    /// An exception of a script as its author needs it: type, message, stack trace and all that caused it. A
    /// TargetInvocationException only says that a call was reflective and gives way to its cause; frames of this host and folders
    /// of sources are left out.
    /// </summary>
    public static class Fault
    {
        private const string Display = "X-Server";

        /// <summary>What really happened.</summary>
        public static Exception Cause(Exception error)
        {
            while (error is TargetInvocationException && error.InnerException != null)
            {
                error = error.InnerException;
            }
            return error;
        }

        /// <summary>Type and message.</summary>
        public static string Line(Exception error)
        {
            error = Cause(error);
            return error.GetType().FullName + ": " + error.Message;
        }

        /// <summary>All of it, in lines.</summary>
        public static IEnumerable<string> Lines(Exception error)
        {
            return Told(error, "");
        }

        /// <summary>All of it, as data.</summary>
        public static Dictionary<string, object> Facts(Exception error)
        {
            error = Cause(error);
            return new Dictionary<string, object>
            {
                { "type", error.GetType().FullName },
                { "message", error.Message },
                { "stack", Frames(error).Cast<object>().ToArray() },
                { "caused_by", Inner(error).Select(Facts).Cast<object>().ToArray() }
            };
        }

        private static IEnumerable<string> Told(Exception error, string indent)
        {
            yield return indent + Line(error);
            foreach (string frame in Frames(Cause(error)))
            {
                yield return indent + "   at " + frame;
            }
            foreach (Exception inner in Inner(Cause(error)))
            {
                yield return indent + " caused by";
                foreach (string line in Told(inner, indent + " "))
                {
                    yield return line;
                }
            }
            if (indent == "" && error.ToString().Contains(Display))
            {
                yield return "Windows of System.Windows.Forms need a display: start the mock Eclipse with xvfb-run -a.";
            }
        }

        private static IEnumerable<Exception> Inner(Exception error)
        {
            AggregateException several = error as AggregateException;
            return several != null ? several.InnerExceptions
                : error.InnerException != null ? new[] { error.InnerException } : Enumerable.Empty<Exception>();
        }

        private static IEnumerable<string> Frames(Exception error)
        {
            return (error.StackTrace ?? "").Split('\n')
                .Select(line => Regex.Replace(line.Trim(), @"^at ", ""))
                .Where(line => line.Length > 0 && !line.Contains("EsapiBridge.MockEclipse.") && !line.Contains("wrapper delegate"))
                .Select(line => Regex.Replace(line, @" \[0x[0-9a-f]+\] in <[^>]*>:0", ""))
                .Select(line => Regex.Replace(line, @" in .*[\\/]([^\\/]+)$", " in $1"));
        }
    }
}
