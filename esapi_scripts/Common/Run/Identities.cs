using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Takes out of a message what could point to a person: names and ids that are known from what is open, and whatever
    /// looks like a path, a date, an identifier or something that was put into quotes. Rather too much than too little.
    /// </summary>
    public sealed class Identities
    {
        private const string Hidden = "[hidden]";

        /// <summary>What is in quotes stays if it begins with the name of a piece of software, or is the full name of an assembly.</summary>
        private const string Software =
            @"^(({0}|(System|Microsoft|VMS|Python|EsapiBridge|mscorlib)(?=[.,]|$))[\w.+`, =()-]*|[\w.]+, Version=[\d.]+, Culture=\w+(, PublicKeyToken=\w+)?)$";

        private static readonly Regex[] Patterns =
        {
            new Regex(@"([A-Za-z]:[\\/]|\\\\|file:)[^'""<>|\r\n]*"),
            new Regex(@"(?<![\w/])/[^'""\r\n]*/[^'""\r\n]*"),
            new Regex(@"\S+@\S+"),
            new Regex(@"[\w-]*\^[\w^-]*"),
            new Regex(@"\d+(\.\d+){4,}"),
            new Regex(@"(?<![\d.])(\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2}))(?![.]?\d)"),
            new Regex(@"(?<![\w.])\d([ -]?\d){5,}(?!\w)"),
            new Regex(@"(?<!\w)(?!0x[0-9A-Fa-f]{8}(?!\w))[\w-]*\d{4,}[\w-]*")
        };

        private static readonly Regex Quoted = new Regex(@"(?<!\w)(['""‘“„«»])(?<inner>[^\r\n]*?)(['""’‘”“»«])(?!\w)");
        private readonly Regex _software;
        private readonly HashSet<string> _names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        private readonly HashSet<string> _ids = new HashSet<string>();

        /// <summary>Starts with whoever sits at this computer.</summary>
        /// <param name="script">Name of the script, which is no identity.</param>
        public Identities(string script)
        {
            _software = new Regex(string.Format(Software, Regex.Escape(script)));
            KnowNames(Environment.UserName, Environment.MachineName);
        }

        /// <summary>Adds names, whole and by their words, hidden in any capitals; what is null or empty is passed over.</summary>
        public void KnowNames(params string[] names)
        {
            Know(_names, names);
        }

        /// <summary>Adds ids, hidden as they are written: a plan "Approved" does not hide every approval.</summary>
        public void KnowIds(params string[] ids)
        {
            Know(_ids, ids);
        }

        /// <summary>A text in one line, with what could point to a person replaced.</summary>
        public string Hide(string text)
        {
            string line = Regex.Replace(text ?? "", @"\s+", " ");
            line = Quoted.Replace(line, delegate(Match match)
            {
                return _software.IsMatch(match.Groups["inner"].Value) ? match.Value : "'" + Hidden + "'";
            });
            foreach (Regex pattern in Patterns)
            {
                line = pattern.Replace(line, Hidden);
            }
            line = Without(line, _names, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
            return Without(line, _ids, RegexOptions.None);
        }

        private static void Know(HashSet<string> known, IEnumerable<string> texts)
        {
            foreach (string text in texts.Where(text => !string.IsNullOrWhiteSpace(text)))
            {
                known.Add(text.Trim());
                known.UnionWith(text.Split(' ', ',', '^', '\\', '\t').Where(word => word.Length > 1));
            }
        }

        private static string Without(string line, HashSet<string> known, RegexOptions options)
        {
            // The longest first: of "Anna Maria" and "Anna" nothing must be left over.
            string any = string.Join("|", known.OrderByDescending(text => text.Length).Select(Regex.Escape));
            return any.Length == 0 ? line : Regex.Replace(line, @"(?<![\p{L}\p{N}])(" + any + @")(?![\p{L}\p{N}])", Hidden, options);
        }
    }
}
