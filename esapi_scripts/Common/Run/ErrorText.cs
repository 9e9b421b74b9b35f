using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// What is said of an error: this project's own sentence, which never holds an identity, and what Eclipse or a library
    /// said below it, which may hold one.
    /// </summary>
    public static class ErrorText
    {
        private const int PlacesShown = 12;

        /// <summary>An error in words.</summary>
        /// <param name="error">The error.</param>
        /// <param name="hide">Applied to every word that is not this project's own.</param>
        public static string Of(Exception error, Func<string, string> hide)
        {
            string causes = string.Join(" Because of ", Foreign(error).Select(cause => Said(cause, hide)));
            if (error is BridgeException)
            {
                string who = Foreign(error).Any(IsOfEclipse) ? " Eclipse says: " : " The cause is ";
                return Sentence(error.Message) + (causes.Length == 0 ? "" : who + causes);
            }
            string where = IsOfEclipse(error) ? "Eclipse ended the script with " : "An unexpected error ended the script: ";
            return where + causes + " Nothing was kept.";
        }

        /// <summary>An error for the log: every cause with its type, its message and where it came from.</summary>
        /// <param name="error">The error.</param>
        /// <param name="hide">Applied to every message.</param>
        public static IEnumerable<string> Lines(Exception error, Func<string, string> hide)
        {
            foreach (Exception cause in Chain(error))
            {
                yield return cause.GetType().FullName + ": " + hide(cause.Message);
                foreach (string place in Places(cause))
                {
                    yield return "  at " + place;
                }
            }
        }

        /// <summary>A message as a sentence.</summary>
        public static string Sentence(string message)
        {
            string text = string.IsNullOrEmpty(message) ? "no message" : message.Trim();
            return char.ToUpperInvariant(text[0]) + text.Substring(1) + (text.EndsWith(".") ? "" : ".");
        }

        private static string Said(Exception cause, Func<string, string> hide)
        {
            return cause.GetType().Name + ": " + Sentence(hide(cause.Message));
        }

        private static IEnumerable<Exception> Chain(Exception error)
        {
            AggregateException several = error as AggregateException;
            IEnumerable<Exception> causes = several != null ? several.InnerExceptions : new[] { error.InnerException }.Where(e => e != null);
            return new[] { error }.Concat(causes.SelectMany(Chain));
        }

        /// <summary>Errors of others below an error; wrappers that say nothing themselves are left out.</summary>
        private static IEnumerable<Exception> Foreign(Exception error)
        {
            return Chain(error).Where(cause => !(cause is BridgeException))
                .Where(cause => cause.InnerException == null || !(cause is TargetInvocationException || cause is AggregateException));
        }

        /// <summary>Whether an error comes out of Eclipse: it, or code on its way to where it was caught, is Varian's.</summary>
        private static bool IsOfEclipse(Exception error)
        {
            IEnumerable<string> names = new[] { error.GetType().Namespace }.Concat(Frames(error).Select(frame => Namespace(frame.GetMethod())));
            // Scripts have to be in VMS.TPS themselves.
            return names.Any(name => name != null && name.StartsWith("VMS.", StringComparison.Ordinal) && name != "VMS.TPS");
        }

        private static IEnumerable<string> Places(Exception error)
        {
            return Frames(error).Take(PlacesShown).Select(Place);
        }

        private static IEnumerable<StackFrame> Frames(Exception error)
        {
            return (new StackTrace(error, true).GetFrames() ?? new StackFrame[0]).Where(frame => frame.GetMethod() != null);
        }

        private static string Place(StackFrame frame)
        {
            MethodBase method = frame.GetMethod();
            string name = (method.DeclaringType == null ? "" : method.DeclaringType.FullName + ".") + method.Name;
            string file = Path.GetFileName(frame.GetFileName() ?? "");
            return name + (file.Length == 0 ? " +" + frame.GetILOffset() : " (" + file + ":" + frame.GetFileLineNumber() + ")");
        }

        private static string Namespace(MethodBase method)
        {
            return method.DeclaringType == null ? null : method.DeclaringType.Namespace;
        }
    }
}
