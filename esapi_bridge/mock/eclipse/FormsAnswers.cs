using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading;
using System.Windows.Forms;

namespace EsapiBridge.MockEclipse
{
    /// <summary>
    /// Without a person, a modal window of System.Windows.Forms would wait for ever. Its texts are written, then its default
    /// button is pressed, or it is closed. Such windows need a display, a virtual one will do.
    /// </summary>
    public static class FormsAnswers
    {
        private const int PatienceMs = 200;

        /// <summary>Answers every modal window from now on.</summary>
        public static void Begin()
        {
            Thread watch = new Thread(Watch) { IsBackground = true };
            watch.Start();
        }

        private static void Watch()
        {
            while (true)
            {
                Thread.Sleep(PatienceMs);
                Form form = Application.OpenForms.Cast<Form>().LastOrDefault(f => f.IsHandleCreated && f.Modal);
                if (form != null)
                {
                    form.Invoke(new Action<Form>(Answer), form);
                }
            }
        }

        private static void Answer(Form form)
        {
            IButtonControl button = form.AcceptButton ?? All(form).OfType<IButtonControl>().FirstOrDefault();
            Control face = button as Control;
            string answer = face == null ? "closed" : "answered " + face.Text.Replace("&", "");
            Console.Out.WriteLine("window '" + form.Text + "': " + string.Join(" ", Texts(form).ToArray()) + " [" + answer + "]");
            if (button != null)
            {
                button.PerformClick();
            }
            if (form.Visible)
            {
                form.Close();
            }
        }

        private static IEnumerable<string> Texts(Form form)
        {
            // Mono's message box draws its text itself.
            FieldInfo drawn = form.GetType().GetField("msgbox_text", BindingFlags.Instance | BindingFlags.NonPublic);
            string text = drawn == null ? null : drawn.GetValue(form) as string;
            return text != null ? new[] { text } : All(form).OfType<Label>().Select(label => label.Text);
        }

        private static IEnumerable<Control> All(Control control)
        {
            return control.Controls.Cast<Control>().SelectMany(c => new[] { c }.Concat(All(c)));
        }
    }
}
